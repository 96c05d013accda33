using System.Text.Json.Serialization;

namespace Tour.Support;

/// <summary>The header of <c>--framing json</c>: <c>{"length":5}</c>, and nothing else.</summary>
internal readonly record struct TextHeader(long Length);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(TextHeader))]
internal sealed partial class TourJson : JsonSerializerContext;
