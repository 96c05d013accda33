using System.Buffers;
using System.IO.Pipelines;
using BenchmarkDotNet.Attributes;
using FramedSockets.Benchmarks.Support;

namespace FramedSockets.Benchmarks.Framings;

/// <summary>Frames of 32 bytes in each of the smaller framings, into a pipe that takes everything; a flush after 256.</summary>
[MemoryDiagnoser]
[BenchmarkCategory("Encode", "Framings")]
[GenericTypeArguments(typeof(LengthFieldFraming))]
[GenericTypeArguments(typeof(VarintFraming))]
[GenericTypeArguments(typeof(NetstringFraming))]
[GenericTypeArguments(typeof(FixedSizeFraming))]
[GenericTypeArguments(typeof(LineFraming))]
[GenericTypeArguments(typeof(DelimiterFraming))]
[GenericTypeArguments(typeof(SizedJsonFraming))]
public class FramingEncode<TFraming>
    where TFraming : struct, IPlainFraming
{
    private const int Frames = 256;
    private readonly Func<ReadOnlySequence<byte>, int, ValueTask> _library = TFraming.Writer();
    private readonly PipeWriter _plain = new DiscardPipeWriter();
    private readonly ReadOnlySequence<byte> _body = new(Bodies.Letters(32));

    [Benchmark(OperationsPerInvoke = Frames)]
    public ValueTask FrameWriter() => _library(_body, Frames);

    [Benchmark(Baseline = true, OperationsPerInvoke = Frames)]
    public async ValueTask PipeWriter()
    {
        for (var i = 0; i < Frames; i++)
        {
            TFraming.Write(_plain, _body);
        }

        await _plain.FlushAsync();
    }
}
