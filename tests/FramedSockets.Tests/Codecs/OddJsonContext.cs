using System.Text.Json.Serialization;

namespace FramedSockets.Tests.Codecs;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(JsonOddHeaders.InitAfterSet))]
[JsonSerializable(typeof(JsonOddHeaders.InitBeforeSet))]
[JsonSerializable(typeof(JsonOddHeaders.AllInit))]
[JsonSerializable(typeof(JsonOddHeaders.AllSet))]
[JsonSerializable(typeof(JsonOddHeaders.Required))]
[JsonSerializable(typeof(JsonOddHeaders.RequiredAndPlain))]
[JsonSerializable(typeof(JsonOddHeaders.Positional))]
[JsonSerializable(typeof(JsonOddHeaders.PositionalInit))]
[JsonSerializable(typeof(JsonOddHeaders.Constructed))]
[JsonSerializable(typeof(JsonOddHeaders.Begun))]
[JsonSerializable(typeof(JsonOddHeaders.Included))]
[JsonSerializable(typeof(JsonOddHeaders.Ignored))]
[JsonSerializable(typeof(JsonOddHeaders.ReadOnly))]
[JsonSerializable(typeof(JsonOddHeaders.Numbers))]
[JsonSerializable(typeof(JsonOddHeaders.Closed))]
[JsonSerializable(typeof(JsonOddHeaders.Open))]
[JsonSerializable(typeof(JsonOddHeaders.Ordered))]
[JsonSerializable(typeof(JsonOddHeaders.Renamed))]
[JsonSerializable(typeof(JsonOddHeaders.Told))]
[JsonSerializable(typeof(JsonOddHeaders.Nested))]
[JsonSerializable(typeof(JsonOddHeaders.Texts))]
[JsonSerializable(typeof(JsonOddHeaders.Overlapping))]
internal sealed partial class OddJsonContext : JsonSerializerContext;
