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
[BenchmarkCategory("Decode", "Json")]
public class JsonDecode
{
    private const int Frames = 256;
    private const int Body = 32;
    private DecodeRig<BenchmarkHeader> _rig = null!;
    private PipeReader _plain = null!;

    /// <summary>Whether all headers are the same bytes, or differ in a number.</summary>
    [Params(true, false)]
    public bool SameHeader { get; set; }

    [Params(ByteLayout.Contiguous, ByteLayout.Segments)]
    public ByteLayout Layout { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        var bytes = new ArrayBufferWriter<byte>();
        for (var i = 0; i < Frames; i++)
        {
            var header = JsonSerializer.SerializeToUtf8Bytes(
                new BenchmarkHeader("put", SameHeader ? 1 : i, Body), BenchmarkJsonContext.Default.BenchmarkHeader);
            BinaryPrimitives.WriteInt32LittleEndian(bytes.GetSpan(4), header.Length);
            bytes.Advance(4);
            bytes.Write(header);
            bytes.Write(Bodies.Of(Body));
        }

        var frames = bytes.WrittenSpan.ToArray();
        _rig = new(new JsonHeaderCodec<BenchmarkHeader>(BenchmarkJsonContext.Default.BenchmarkHeader, "size"), frames, Layout);
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

    private static SequencePosition Parse(in ReadOnlySequence<byte> buffer, ref long total)
    {
        var reader = new SequenceReader<byte>(buffer);
        var consumed = reader.Position;
        while (reader.TryReadLittleEndian(out int length) && Checked(length) && reader.TryReadExact(length, out var json))
        {
            var utf8 = new Utf8JsonReader(json);
            var header = JsonSerializer.Deserialize(ref utf8, BenchmarkJsonContext.Default.BenchmarkHeader);
            if (!Checked(header.Size) || !reader.TryReadExact(header.Size, out var body))
            {
                break;
            }

            total += body.Length;
            consumed = reader.Position;
        }

        return consumed;
    }

    private static bool Checked(int length) =>
        (uint)length <= 64 * 1024 * 1024 ? true : throw new InvalidDataException($"A length of {length} bytes.");
}
