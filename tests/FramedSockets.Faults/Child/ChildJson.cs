using System.Text.Json.Serialization;

namespace FramedSockets.Faults.Child;

/// <summary>What a server process and its case say to each other.</summary>
[JsonSerializable(typeof(ServeOptions))]
[JsonSerializable(typeof(ServerGreeting))]
[JsonSerializable(typeof(ServerState))]
internal sealed partial class ChildJson : JsonSerializerContext;
