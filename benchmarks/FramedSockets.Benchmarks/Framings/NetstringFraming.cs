using System.Buffers;
using System.Buffers.Text;
using System.IO.Pipelines;
using FramedSockets.Benchmarks.Support;
using FramedSockets.Codecs;

namespace FramedSockets.Benchmarks.Framings;

/// <summary>The length in digits and a colon, the body, and a comma.</summary>
public readonly struct NetstringFraming : IPlainFraming
{
    private static readonly NetstringCodec Codec = new();

    public static Func<ValueTask<long>> Reader(byte[] frames, ByteLayout layout) => new DecodeRig<NoHeader>(Codec, frames, layout).ReadAsync;

    public static Func<ReadOnlySequence<byte>, int, ValueTask> Writer()
    {
        var rig = new EncodeRig<NoHeader>(Codec);
        return (body, count) => rig.WriteAsync(default, body, count);
    }

    public static bool TryRead(ref SequenceReader<byte> reader, out ReadOnlySequence<byte> body)
    {
        body = default;
        if (!reader.TryReadTo(out ReadOnlySpan<byte> digits, (byte)':'))
        {
            return false;
        }

        if (!Utf8Parser.TryParse(digits, out int length, out var used) || used != digits.Length || (digits[0] == '0' && used > 1))
        {
            throw new InvalidDataException("The length is not digits.");
        }

        if (!reader.TryReadExact(length, out body) || !reader.TryRead(out var comma))
        {
            return false;
        }

        return comma == ',' ? true : throw new InvalidDataException("There is no comma behind the body.");
    }

    public static void Write(PipeWriter output, in ReadOnlySequence<byte> body)
    {
        var length = checked((int)body.Length);
        var target = output.GetSpan(length + 12);
        _ = Utf8Formatter.TryFormat(length, target, out var digits);
        target[digits] = (byte)':';
        body.CopyTo(target[(digits + 1)..]);
        target[digits + 1 + length] = (byte)',';
        output.Advance(digits + length + 2);
    }
}
