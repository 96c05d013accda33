using System.Buffers;
using System.IO.Pipelines;
using FramedSockets.Benchmarks.Support;
using FramedSockets.Codecs;

namespace FramedSockets.Benchmarks.Framings;

/// <summary>Bodies that end at two bytes.</summary>
public readonly struct DelimiterFraming : IPlainFraming
{
    private static readonly DelimiterCodec Codec = new(Delimiter);

    public static Func<ValueTask<long>> Reader(byte[] frames, ByteLayout layout) => new DecodeRig<NoHeader>(Codec, frames, layout).ReadAsync;

    public static Func<ReadOnlySequence<byte>, int, ValueTask> Writer()
    {
        var rig = new EncodeRig<NoHeader>(Codec);
        return (body, count) => rig.WriteAsync(default, body, count);
    }

    private static ReadOnlySpan<byte> Delimiter => "||"u8;

    public static bool TryRead(ref SequenceReader<byte> reader, out ReadOnlySequence<byte> body) => reader.TryReadTo(out body, Delimiter);

    public static void Write(PipeWriter output, in ReadOnlySequence<byte> body)
    {
        var whole = new SequenceReader<byte>(body);
        if (whole.TryReadTo(out ReadOnlySequence<byte> _, Delimiter))
        {
            throw new InvalidDataException("The body holds the delimiter.");
        }

        var length = checked((int)body.Length);
        var target = output.GetSpan(length + Delimiter.Length);
        body.CopyTo(target);
        Delimiter.CopyTo(target[length..]);
        output.Advance(length + Delimiter.Length);
    }
}
