using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using BenchmarkDotNet.Attributes;
using FramedSockets.Benchmarks.Support;
using FramedSockets.Codecs;

namespace FramedSockets.Benchmarks.Codecs;

/// <summary>Frames of a 4-byte big-endian length and a body, into a pipe that takes everything; a flush after 256.</summary>
[MemoryDiagnoser]
[BenchmarkCategory("Encode", "LengthPrefix")]
public class LengthPrefixEncode
{
    private const int Frames = 256;
    private readonly EncodeRig<NoHeader> _rig = new(new LengthPrefixCodec());
    private readonly PipeWriter _plain = new DiscardPipeWriter();
    private ReadOnlySequence<byte> _body;

    [Params(32, 16 * 1024)]
    public int Body { get; set; }

    [Params(ByteLayout.Contiguous, ByteLayout.Segments)]
    public ByteLayout Layout { get; set; }

    [GlobalSetup]
    public void Setup() => _body = Segments.Of(Bodies.Of(Body), Layout);

    [Benchmark(OperationsPerInvoke = Frames)]
    public ValueTask FrameWriter() => _rig.WriteAsync(default, _body, Frames);

    [Benchmark(Baseline = true, OperationsPerInvoke = Frames)]
    public async ValueTask PipeWriter()
    {
        for (var i = 0; i < Frames; i++)
        {
            Write(_plain, _body);
        }

        await _plain.FlushAsync();
    }

    private static void Write(PipeWriter output, in ReadOnlySequence<byte> body)
    {
        var total = 4 + checked((int)body.Length);
        var target = output.GetSpan(total);
        BinaryPrimitives.WriteInt32BigEndian(target, total - 4);
        body.CopyTo(target[4..]);
        output.Advance(total);
    }
}
