using System.Text.Json.Serialization;

namespace FramedSockets.Tests.Vectors;

/// <summary>The header of the JSON vectors.</summary>
public readonly record struct VectorHeader(string Cmd, string Filename, long Filesize);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(VectorHeader))]
internal sealed partial class VectorJsonContext : JsonSerializerContext;
