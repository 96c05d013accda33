using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using FramedSockets.Benchmarks.Support;
using FramedSockets.Codecs;

namespace FramedSockets.Benchmarks.Framings;

/// <summary>A byte of type, a length of two bytes that counts what follows it, a byte of flags, and a body.</summary>
public readonly struct LengthFieldFraming : IPlainFraming
{
    private static readonly LengthFieldCodec Codec = new(new() { BytesBefore = 1, Width = 2, BytesAfter = 1 });

    public static Func<ValueTask<long>> Reader(byte[] frames, ByteLayout layout) => new DecodeRig<LengthFieldHeader>(Codec, frames, layout).ReadAsync;

    public static Func<ReadOnlySequence<byte>, int, ValueTask> Writer()
    {
        var rig = new EncodeRig<LengthFieldHeader>(Codec);
        return (body, count) => rig.WriteAsync(new([Type], [Flags]), body, count);
    }

    private const byte Type = 0xCA;

    private const byte Flags = 0xFE;

    public static bool TryRead(ref SequenceReader<byte> reader, out ReadOnlySequence<byte> body)
    {
        body = default;
        return reader.TryRead(out _) && reader.TryReadBigEndian(out short length) && reader.TryRead(out _)
            && reader.TryReadExact(Checked((ushort)length), out body);
    }

    public static void Write(PipeWriter output, in ReadOnlySequence<byte> body)
    {
        var length = checked((int)body.Length);
        var target = output.GetSpan(length + 4);
        target[0] = Type;
        BinaryPrimitives.WriteUInt16BigEndian(target[1..], checked((ushort)(length + 1)));
        target[3] = Flags;
        body.CopyTo(target[4..]);
        output.Advance(length + 4);
    }

    private static int Checked(int length) => length >= 1 ? length - 1 : throw new InvalidDataException("The length is less than what it counts.");
}
