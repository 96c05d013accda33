using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using BenchmarkDotNet.Attributes;
using FramedSockets.Codecs;

namespace FramedSockets.Benchmarks.Codecs;

/// <summary>The codec alone: a contiguous header to its three-member struct and the length of its body.</summary>
[MemoryDiagnoser]
[BenchmarkCategory("Head", "Json")]
public class JsonHead
{
    private const int Headers = 256;
    private readonly JsonHeaderCodec<BenchmarkHeader> _codec = new(BenchmarkJsonContext.Default.BenchmarkHeader, "size");
    private byte[][] _heads = [];

    /// <summary>How a header differs from the one before.</summary>
    [Params(HeaderChange.Nothing, HeaderChange.Number, HeaderChange.Shape)]
    public HeaderChange Change { get; set; }

    [GlobalSetup]
    public void Setup() => _heads = [.. Enumerable.Range(0, Headers).Select(i => Head(Text(i)))];

    [Benchmark(OperationsPerInvoke = Headers)]
    public long Codec()
    {
        var context = new HeaderDecodeContext(FrameLimits.Default, examined: 0);
        var total = 0L;
        foreach (var head in _heads)
        {
            total += _codec.Decode(head, context, out var header).BodyLength + header.Id;
        }

        return total;
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Headers)]
    public long Deserialize()
    {
        var total = 0L;
        foreach (var head in _heads)
        {
            var header = JsonSerializer.Deserialize(head.AsSpan(sizeof(int)), BenchmarkJsonContext.Default.BenchmarkHeader);
            total += header.Size + header.Id;
        }

        return total;
    }

    private static byte[] Head(string json)
    {
        var head = new byte[sizeof(int) + json.Length];
        BinaryPrimitives.WriteInt32LittleEndian(head, json.Length);
        _ = Encoding.UTF8.GetBytes(json, head.AsSpan(sizeof(int)));
        return head;
    }

    private string Text(int i) => (Change, i % 3) switch
    {
        (HeaderChange.Nothing, _) => """{"cmd":"put","id":1,"size":32}""",
        (HeaderChange.Number, _) or (_, 0) => $$"""{"cmd":"put","id":{{i}},"size":32}""",
        (_, 1) => $$"""{"id":{{i}},"cmd":"get{{i}}","size":{{i}}}""",
        _ => $$"""{"size":{{i}}, "cmd":"list{{i}}","id":{{i}}}""",
    };
}
