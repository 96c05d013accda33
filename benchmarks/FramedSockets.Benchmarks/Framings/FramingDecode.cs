using System.Buffers;
using System.IO.Pipelines;
using BenchmarkDotNet.Attributes;
using FramedSockets.Benchmarks.Support;

namespace FramedSockets.Benchmarks.Framings;

/// <summary>Frames of 32 bytes in each of the smaller framings, out of a pipe that always has 256 of them.</summary>
[MemoryDiagnoser]
[BenchmarkCategory("Decode", "Framings")]
[GenericTypeArguments(typeof(LengthFieldFraming))]
[GenericTypeArguments(typeof(VarintFraming))]
[GenericTypeArguments(typeof(NetstringFraming))]
[GenericTypeArguments(typeof(FixedSizeFraming))]
[GenericTypeArguments(typeof(LineFraming))]
[GenericTypeArguments(typeof(DelimiterFraming))]
[GenericTypeArguments(typeof(SizedJsonFraming))]
public class FramingDecode<TFraming>
    where TFraming : struct, IPlainFraming
{
    private const int Frames = 256;
    private Func<ValueTask<long>> _library = null!;
    private PipeReader _plain = null!;

    [GlobalSetup]
    public async Task Setup()
    {
        var pipe = new Pipe(new(pauseWriterThreshold: 0));
        var body = new ReadOnlySequence<byte>(Bodies.Letters(32));
        for (var i = 0; i < Frames; i++)
        {
            TFraming.Write(pipe.Writer, body);
        }

        await pipe.Writer.CompleteAsync();
        var frames = (await pipe.Reader.ReadAtLeastAsync(int.MaxValue)).Buffer.ToArray();
        _library = TFraming.Reader(frames, ByteLayout.Contiguous);
        _plain = new ReplayPipeReader(new(frames));
    }

    [Benchmark(OperationsPerInvoke = Frames)]
    public ValueTask<long> FrameReader() => _library();

    [Benchmark(Baseline = true, OperationsPerInvoke = Frames)]
    public async ValueTask<long> SequenceReader()
    {
        var result = await _plain.ReadAsync();
        var total = 0L;
        var consumed = Parse(result.Buffer, ref total);
        _plain.AdvanceTo(consumed, result.Buffer.End);
        return total;
    }

    private static SequencePosition Parse(in ReadOnlySequence<byte> buffer, ref long total)
    {
        var reader = new SequenceReader<byte>(buffer);
        var consumed = reader.Position;
        while (TFraming.TryRead(ref reader, out var body))
        {
            total += body.Length;
            consumed = reader.Position;
        }

        return consumed;
    }
}
