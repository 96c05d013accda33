using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Text.Json;
using BenchmarkDotNet.Attributes;
using FramedSockets.Benchmarks.Support;
using FramedSockets.Codecs;

namespace FramedSockets.Benchmarks.Codecs;

/// <summary>Frames of a 4-byte little-endian header length, a JSON header and a body of 32 bytes.</summary>
[MemoryDiagnoser]
[BenchmarkCategory("Encode", "Json")]
public class JsonEncode
{
    private const int Frames = 256;
    private readonly EncodeRig<BenchmarkHeader> _rig = new(new JsonHeaderCodec<BenchmarkHeader>(BenchmarkJsonContext.Default.BenchmarkHeader, "size"));
    private readonly PipeWriter _plain = new DiscardPipeWriter();
    private readonly ReadOnlySequence<byte> _body = new(Bodies.Of(32));

    [Benchmark(OperationsPerInvoke = Frames)]
    public ValueTask FrameWriter() => _rig.WriteAsync(new("put", 1, 32), _body, Frames);

    [Benchmark(Baseline = true, OperationsPerInvoke = Frames)]
    public async ValueTask PipeWriter()
    {
        for (var i = 0; i < Frames; i++)
        {
            Write(_plain, new("put", 1, 32), _body);
        }

        await _plain.FlushAsync();
    }

    private static void Write(PipeWriter output, BenchmarkHeader header, in ReadOnlySequence<byte> body)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(header, BenchmarkJsonContext.Default.BenchmarkHeader);
        var total = 4 + json.Length + checked((int)body.Length);
        var target = output.GetSpan(total);
        BinaryPrimitives.WriteInt32LittleEndian(target, json.Length);
        json.CopyTo(target[4..]);
        body.CopyTo(target[(4 + json.Length)..]);
        output.Advance(total);
    }
}
