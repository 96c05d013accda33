using System.Buffers;
using System.IO.Pipelines;
using FramedSockets.Benchmarks.Support;
using FramedSockets.Codecs;

namespace FramedSockets.Benchmarks.Framings;

/// <summary>Lines that end in a line feed.</summary>
public readonly struct LineFraming : IPlainFraming
{
    private static readonly LineCodec Codec = new();

    public static Func<ValueTask<long>> Reader(byte[] frames, ByteLayout layout) => new DecodeRig<NoHeader>(Codec, frames, layout).ReadAsync;

    public static Func<ReadOnlySequence<byte>, int, ValueTask> Writer()
    {
        var rig = new EncodeRig<NoHeader>(Codec);
        return (body, count) => rig.WriteAsync(default, body, count);
    }

    public static bool TryRead(ref SequenceReader<byte> reader, out ReadOnlySequence<byte> body)
    {
        if (!reader.TryReadTo(out body, (byte)'\n'))
        {
            return false;
        }

        if (body.Length > 0 && body.Slice(body.Length - 1).FirstSpan[0] == '\r')
        {
            body = body.Slice(0, body.Length - 1);
        }

        return true;
    }

    public static void Write(PipeWriter output, in ReadOnlySequence<byte> body)
    {
        var length = checked((int)body.Length);
        if (body.PositionOf((byte)'\n') is not null)
        {
            throw new InvalidDataException("The line holds a line feed.");
        }

        var target = output.GetSpan(length + 1);
        body.CopyTo(target);
        target[length] = (byte)'\n';
        output.Advance(length + 1);
    }
}
