using System.Buffers;
using System.Buffers.Binary;

namespace FramedSockets.Tests.Udp;

/// <summary>One byte of header and two of body length, big-endian: small enough to write by hand.</summary>
internal sealed class NoteCodec : IHeaderCodec<byte>
{
    public static NoteCodec Instance { get; } = new();

    public HeaderDecodeResult Decode(ReadOnlySpan<byte> source, in HeaderDecodeContext context, out byte header)
    {
        header = source[0];
        return header == 0xFF ? HeaderDecodeResult.Corrupt(FramedSocketError.MalformedHeader, "No note")
            : source.Length < 3 ? HeaderDecodeResult.NeedMore(3)
            : HeaderDecodeResult.Complete(3, BinaryPrimitives.ReadUInt16BigEndian(source[1..]));
    }

    public void Encode(in byte header, in HeaderEncodeContext context, IBufferWriter<byte> output)
    {
        var target = output.GetSpan(3);
        target[0] = header;
        BinaryPrimitives.WriteUInt16BigEndian(target[1..], checked((ushort)context.BodyLength));
        output.Advance(3);
    }
}
