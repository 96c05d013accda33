using System.Buffers;
using System.IO.Pipelines;
using FramedSockets.Benchmarks.Support;
using FramedSockets.Codecs;

namespace FramedSockets.Benchmarks.Framings;

/// <summary>Protobuf's variable length, and a body.</summary>
public readonly struct VarintFraming : IPlainFraming
{
    private static readonly VarintCodec Codec = new();

    public static Func<ValueTask<long>> Reader(byte[] frames, ByteLayout layout) => new DecodeRig<NoHeader>(Codec, frames, layout).ReadAsync;

    public static Func<ReadOnlySequence<byte>, int, ValueTask> Writer()
    {
        var rig = new EncodeRig<NoHeader>(Codec);
        return (body, count) => rig.WriteAsync(default, body, count);
    }

    public static bool TryRead(ref SequenceReader<byte> reader, out ReadOnlySequence<byte> body)
    {
        body = default;
        var length = 0u;
        for (var shift = 0; reader.TryRead(out var digit); shift += 7)
        {
            if (shift > 28 || (shift == 28 && digit > 0x0F))
            {
                throw new InvalidDataException("The length is over 32 bits.");
            }

            length |= (uint)(digit & 0x7F) << shift;
            if (digit < 0x80)
            {
                return reader.TryReadExact(checked((int)length), out body);
            }
        }

        return false;
    }

    public static void Write(PipeWriter output, in ReadOnlySequence<byte> body)
    {
        var target = output.GetSpan(5 + checked((int)body.Length));
        var width = 0;
        var left = (uint)body.Length;
        for (; left >= 0x80; left >>= 7)
        {
            target[width++] = (byte)(left | 0x80);
        }

        target[width++] = (byte)left;
        body.CopyTo(target[width..]);
        output.Advance(width + (int)body.Length);
    }
}
