using System.Buffers;
using System.IO.Pipelines;
using FramedSockets.Benchmarks.Support;
using FramedSockets.Codecs;

namespace FramedSockets.Benchmarks.Framings;

/// <summary>Bodies of 32 bytes.</summary>
public readonly struct FixedSizeFraming : IPlainFraming
{
    private static readonly FixedSizeCodec Codec = new(Size);

    public static Func<ValueTask<long>> Reader(byte[] frames, ByteLayout layout) => new DecodeRig<NoHeader>(Codec, frames, layout).ReadAsync;

    public static Func<ReadOnlySequence<byte>, int, ValueTask> Writer()
    {
        var rig = new EncodeRig<NoHeader>(Codec);
        return (body, count) => rig.WriteAsync(default, body, count);
    }

    private const int Size = 32;

    public static bool TryRead(ref SequenceReader<byte> reader, out ReadOnlySequence<byte> body) => reader.TryReadExact(Size, out body);

    public static void Write(PipeWriter output, in ReadOnlySequence<byte> body)
    {
        var length = checked((int)body.Length);
        body.CopyTo(output.GetSpan(length));
        output.Advance(length);
    }
}
