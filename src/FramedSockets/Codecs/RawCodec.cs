using System.Buffers;

namespace FramedSockets.Codecs;

/// <summary>
/// No framing: the bytes that have arrived are a frame, and what is sent is sent as it is. For plain sockets and terminals,
/// where the borders between sends mean nothing.
/// </summary>
/// <remarks>
/// <code>
/// | what arrived | what arrived next |
/// </code>
/// <para>
/// Frames are as long as the network made them, never empty, and never longer than the smaller of
/// <see cref="FrameLimits.MaxBodyLength"/> and <see cref="FrameLimits.MaxBufferedBodyLength"/>: more is several frames. An
/// empty body is refused, since nobody would receive it. Thread-safe.
/// </para>
/// </remarks>
public sealed class RawCodec : IHeaderCodec<NoHeader>
{
    /// <inheritdoc/>
    public HeaderDecodeResult Decode(ReadOnlySpan<byte> source, in HeaderDecodeContext context, out NoHeader header)
    {
        header = default;
        return HeaderDecodeResult.Complete(0, Math.Min(source.Length, Math.Max(1, BodyLengths.MostHeld(context.Limits))));
    }

    /// <inheritdoc/>
    public void Encode(in NoHeader header, in HeaderEncodeContext context, IBufferWriter<byte> output)
    {
        if (context.BodyLength == 0)
        {
            throw new FramedSocketException(FramedSocketError.UnframeableBody, "The body is empty; without a framing nothing would be sent.");
        }
    }
}
