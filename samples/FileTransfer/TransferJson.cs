using System.Text.Json.Serialization;

namespace FileTransfer;

/// <summary>How the header looks in JSON: <c>cmd</c>, <c>filename</c> …, and members that say nothing are left out.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(TransferHeader))]
internal sealed partial class TransferJson : JsonSerializerContext;
