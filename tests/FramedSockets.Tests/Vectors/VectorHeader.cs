using System.Text.Json.Serialization;

namespace FramedSockets.Tests.Vectors;

/// <summary>The header of the JSON vectors. The framing says nothing of other members than the length, so neither does this.</summary>
public readonly record struct VectorHeader(long Filesize);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(VectorHeader))]
internal sealed partial class VectorJsonContext : JsonSerializerContext;
