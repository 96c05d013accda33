using System.Buffers;
using System.IO.Pipelines;
using BenchmarkDotNet.Attributes;
using FramedSockets.Benchmarks.Support;
using FramedSockets.Codecs;

namespace FramedSockets.Benchmarks.Codecs;

/// <summary>Frames of a 4-byte big-endian length and a body, out of a pipe that always has 256 of them.</summary>
[MemoryDiagnoser]
[BenchmarkCategory("Decode", "LengthPrefix")]
public class LengthPrefixDecode
{
    private const int Frames = 256;
    private DecodeRig<NoHeader> _rig = null!;
    private PipeReader _plain = null!;

    [Params(32, 4000)]
    public int Body { get; set; }

    [Params(ByteLayout.Contiguous, ByteLayout.Segments)]
    public ByteLayout Layout { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        var frames = Bodies.LengthPrefixed(Frames, Body);
        _rig = new(new LengthPrefixCodec(), frames, Layout);
        _plain = new ReplayPipeReader(Segments.Of(frames, Layout));
    }

    [Benchmark(OperationsPerInvoke = Frames)]
    public ValueTask<long> FrameReader() => _rig.ReadAsync();

    [Benchmark(Baseline = true, OperationsPerInvoke = Frames)]
    public async ValueTask<long> SequenceReader()
    {
        var result = await _plain.ReadAsync();
        var total = 0L;
        var consumed = Parse(result.Buffer, ref total);
        _plain.AdvanceTo(consumed, result.Buffer.End);
        return total;
    }

    internal static SequencePosition Parse(in ReadOnlySequence<byte> buffer, ref long total)
    {
        var reader = new SequenceReader<byte>(buffer);
        var consumed = reader.Position;
        while (reader.TryReadBigEndian(out int length) && Checked(length) && reader.TryReadExact(length, out var body))
        {
            total += body.Length;
            consumed = reader.Position;
        }

        return consumed;
    }

    internal static bool Checked(int length) =>
        (uint)length <= 64 * 1024 * 1024 ? true : throw new InvalidDataException($"A length of {length} bytes.");
}
