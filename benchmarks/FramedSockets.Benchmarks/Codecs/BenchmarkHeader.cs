using System.Text.Json.Serialization;

namespace FramedSockets.Benchmarks.Codecs;

/// <summary>The header of the JSON benchmarks: <c>{"cmd":"put","id":1,"size":32}</c>.</summary>
internal readonly record struct BenchmarkHeader(string Cmd, int Id, int Size);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(BenchmarkHeader))]
internal sealed partial class BenchmarkJsonContext : JsonSerializerContext;
