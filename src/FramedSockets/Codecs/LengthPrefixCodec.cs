using System.Buffers;
using System.Buffers.Binary;

namespace FramedSockets.Codecs;

/// <summary>PLACEHOLDER</summary>
public sealed class LengthPrefixCodec : IHeaderCodec<NoHeader>
{
    /// <inheritdoc/>
    public HeaderDecodeResult Decode(ReadOnlySpan<byte> source, in HeaderDecodeContext context, out NoHeader header)
    {
        header = default;
        return BinaryPrimitives.TryReadUInt32BigEndian(source, out var length)
            ? HeaderDecodeResult.Complete(4, length)
            : HeaderDecodeResult.NeedMore(4);
    }

    /// <inheritdoc/>
    public void Encode(in NoHeader header, in HeaderEncodeContext context, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        BinaryPrimitives.WriteUInt32BigEndian(output.GetSpan(4), (uint)context.BodyLength);
        output.Advance(4);
    }
}
