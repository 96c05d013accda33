using System.Text.Json.Serialization;

namespace FramedSockets.LoadServer;

/// <summary>The header of the JSON wire: <c>{"cmd":"echo","size":32}</c>, where the size is that of the body.</summary>
internal readonly record struct EchoHeader(string Cmd, long Size);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(EchoHeader))]
internal sealed partial class EchoJsonContext : JsonSerializerContext;
