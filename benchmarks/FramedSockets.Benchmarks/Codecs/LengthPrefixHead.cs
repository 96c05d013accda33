using System.Buffers;
using System.Buffers.Binary;
using BenchmarkDotNet.Attributes;
using FramedSockets.Codecs;

namespace FramedSockets.Benchmarks.Codecs;

/// <summary>The codec alone, without the reader around it: where each of 256 contiguous frames of 32 bytes begins and ends.</summary>
[MemoryDiagnoser]
[BenchmarkCategory("Head", "LengthPrefix")]
public class LengthPrefixHead
{
    private const int Frames = 256;
    private const int Body = 32;
    private readonly byte[] _frames = new byte[Frames * (4 + Body)];
    private readonly LengthPrefixCodec _codec = new();

    [GlobalSetup]
    public void Setup()
    {
        for (var i = 0; i < Frames; i++)
        {
            BinaryPrimitives.WriteInt32BigEndian(_frames.AsSpan(i * (4 + Body)), Body);
        }
    }

    [Benchmark(OperationsPerInvoke = Frames)]
    public long Codec()
    {
        var limits = FrameLimits.Default;
        var context = new HeaderDecodeContext(limits, examined: 0);
        var total = 0L;
        ReadOnlySpan<byte> rest = _frames;
        while (true)
        {
            var layout = _codec.Decode(rest, context, out _);
            if (!layout.IsComplete || (ulong)layout.BodyLength > (ulong)limits.MaxBodyLength || layout.BodyLength > rest.Length - layout.HeaderLength)
            {
                return total;
            }

            total += layout.BodyLength;
            rest = rest[(layout.HeaderLength + (int)layout.BodyLength)..];
        }
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Frames)]
    public long SequenceReader()
    {
        var total = 0L;
        _ = LengthPrefixDecode.Parse(new ReadOnlySequence<byte>(_frames), ref total);
        return total;
    }
}
