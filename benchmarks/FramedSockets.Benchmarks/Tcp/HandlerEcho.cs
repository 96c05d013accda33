using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using BenchmarkDotNet.Attributes;
using FramedSockets.Benchmarks.Codecs;
using FramedSockets.Benchmarks.Support;
using FramedSockets.Codecs;
using FramedSockets.Tcp;

namespace FramedSockets.Benchmarks.Tcp;

/// <summary>
/// A server's side of an echo without a socket: frames of 32 bytes go through a handler and back, so many a read and one flush
/// for each. Beside it the loop that one writes by hand over the same pipes.
/// </summary>
[MemoryDiagnoser]
[BenchmarkCategory("Echo", "LengthPrefix")]
public class HandlerEcho
{
    private const int Frames = 32 * 1024;
    private const int Body = 32;
    private static readonly LengthPrefixCodec Codec = new();
    private readonly DiscardPipeWriter _output = new();
    private ReadOnlySequence<byte> _frames;

    [Params(1, 32)]
    public int PerRead { get; set; }

    [GlobalSetup]
    public void Setup() => _frames = new(Bodies.LengthPrefixed(PerRead, Body));

    [Benchmark(OperationsPerInvoke = Frames)]
    public async Task FrameHandler()
    {
        await using var connection = new FrameConnection<NoHeader>(new ReplayPipe(_frames, Frames / PerRead, _output), Codec);
        await FrameLoop.RunAsync(connection, static (connection, frame) => connection.SendAsync(frame.Header, frame.Body));
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Frames)]
    public async Task Pipelines()
    {
        var pipe = new ReplayPipe(_frames, Frames / PerRead, _output);
        while (true)
        {
            var result = await pipe.Input.ReadAsync();
            pipe.Input.AdvanceTo(Answer(result.Buffer, pipe.Output), result.Buffer.End);
            if (result.IsCompleted)
            {
                return;
            }

            await pipe.Output.FlushAsync();
        }
    }

    private static SequencePosition Answer(in ReadOnlySequence<byte> buffer, PipeWriter output)
    {
        var reader = new SequenceReader<byte>(buffer);
        var consumed = reader.Position;
        while (reader.TryReadBigEndian(out int length) && LengthPrefixDecode.Checked(length) && reader.TryReadExact(length, out var body))
        {
            BinaryPrimitives.WriteInt32BigEndian(output.GetSpan(4), length);
            output.Advance(4);
            foreach (var segment in body)
            {
                output.Write(segment.Span);
            }

            consumed = reader.Position;
        }

        return consumed;
    }
}
