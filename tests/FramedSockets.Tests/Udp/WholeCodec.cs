using System.Buffers;

namespace FramedSockets.Tests.Udp;

/// <summary>No header, and a body that lasts until the end: a datagram is its body.</summary>
internal sealed class WholeCodec : IHeaderCodec<NoHeader>
{
    public static WholeCodec Instance { get; } = new();

    public HeaderDecodeResult Decode(ReadOnlySpan<byte> source, in HeaderDecodeContext context, out NoHeader header)
    {
        header = default;
        return HeaderDecodeResult.Complete(0, HeaderDecodeResult.UntilEnd);
    }

    public void Encode(in NoHeader header, in HeaderEncodeContext context, IBufferWriter<byte> output)
    {
    }
}
