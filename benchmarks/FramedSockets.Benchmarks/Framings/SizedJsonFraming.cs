using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Text.Json;
using FramedSockets.Benchmarks.Codecs;
using FramedSockets.Benchmarks.Support;
using FramedSockets.Codecs;

namespace FramedSockets.Benchmarks.Framings;

/// <summary>The length of all, the length of a JSON header, the header, and a body.</summary>
public readonly struct SizedJsonFraming : IPlainFraming
{
    private static readonly SizedJsonCodec<BenchmarkHeader> Codec = new(BenchmarkJsonContext.Default.BenchmarkHeader);

    public static Func<ValueTask<long>> Reader(byte[] frames, ByteLayout layout) => new DecodeRig<BenchmarkHeader>(Codec, frames, layout).ReadAsync;

    public static Func<ReadOnlySequence<byte>, int, ValueTask> Writer()
    {
        var rig = new EncodeRig<BenchmarkHeader>(Codec);
        return (body, count) => rig.WriteAsync(new("put", 1, 32), body, count);
    }

    public static bool TryRead(ref SequenceReader<byte> reader, out ReadOnlySequence<byte> body)
    {
        body = default;
        if (!reader.TryReadLittleEndian(out int total) || !reader.TryReadLittleEndian(out int length))
        {
            return false;
        }

        if (length <= 0 || length > 16 * 1024 || total < 4 + length)
        {
            throw new InvalidDataException($"A header of {length} bytes in {total}.");
        }

        if (!reader.TryReadExact(length, out var json))
        {
            return false;
        }

        var utf8 = new Utf8JsonReader(json);
        _ = JsonSerializer.Deserialize(ref utf8, BenchmarkJsonContext.Default.BenchmarkHeader);
        return reader.TryReadExact(total - 4 - length, out body);
    }

    public static void Write(PipeWriter output, in ReadOnlySequence<byte> body)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(new BenchmarkHeader("put", 1, 32), BenchmarkJsonContext.Default.BenchmarkHeader);
        var total = 4 + json.Length + checked((int)body.Length);
        var target = output.GetSpan(4 + total);
        BinaryPrimitives.WriteInt32LittleEndian(target, total);
        BinaryPrimitives.WriteInt32LittleEndian(target[4..], json.Length);
        json.CopyTo(target[8..]);
        body.CopyTo(target[(8 + json.Length)..]);
        output.Advance(4 + total);
    }
}
