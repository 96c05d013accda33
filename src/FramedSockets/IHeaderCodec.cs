using System.Buffers;

namespace FramedSockets;

/// <summary>
/// Turns the head of a frame into a header and a layout, and back. A codec knows nothing of sockets or pipes: it is span
/// code, and the engine owns buffering, limits, the end of the stream and the order of frames.
/// </summary>
/// <typeparam name="THeader">The header's type; a struct costs no allocation per frame.</typeparam>
/// <remarks>
/// <para>One instance serves all connections at once: implementations are stateless or thread-safe.</para>
/// <para>A call is made in the middle of a frame, so a codec calls nothing of the connection that it works for.</para>
/// <para>Both directions agree: what <see cref="Encode"/> writes, <see cref="Decode"/> accepts under the same limits, and
/// what <see cref="Decode"/> would refuse, <see cref="Encode"/> refuses.</para>
/// </remarks>
public interface IHeaderCodec<THeader>
{
    /// <summary>
    /// Whether the bytes of the body decide where the frame ends (delimiters, lines). Such bodies are shown to
    /// <see cref="CheckBody"/> before they are sent, and cannot be sent from a stream.
    /// </summary>
    bool DelimitsByContent => false;

    /// <summary>The constant bytes that follow every body that is sent; empty by default.</summary>
    ReadOnlySpan<byte> Trailer => [];

    /// <summary>
    /// The frame that is sent where nothing else was for as long as <c>FrameDeadlines.Ping</c> says; <see langword="null"/>, the
    /// default, where the framing has none. It is asked for each time.
    /// </summary>
    FramePing<THeader>? Ping => null;

    /// <summary>Decodes the head of a frame.</summary>
    /// <param name="source">The frame's bytes from its first one on, contiguous, as far as they have arrived; never empty. It may run beyond the frame.</param>
    /// <param name="context">The limits, and how far this frame was scanned before.</param>
    /// <param name="header">The header, where the result is complete.</param>
    /// <returns>A complete header with its layout, a wish for more bytes, or a refusal.</returns>
    /// <remarks>
    /// The codec refuses headers over <see cref="FrameLimits.MaxHeaderLength"/> (it alone knows which bytes count); the
    /// caller refuses bodies over <see cref="FrameLimits.MaxBodyLength"/>. A <see cref="FramedSocketException"/> is a
    /// refusal with its own <see cref="FramedSocketException.Error"/>; any other exception counts as
    /// <see cref="FramedSocketError.MalformedHeader"/>, but for <see cref="OutOfMemoryException"/>, which is thrown on.
    /// </remarks>
    HeaderDecodeResult Decode(ReadOnlySpan<byte> source, in HeaderDecodeContext context, out THeader header);

    /// <summary>Encodes the head of a frame.</summary>
    /// <param name="header">The header.</param>
    /// <param name="context">The limits, and the length of the body.</param>
    /// <param name="output">Where the header's bytes go. What was written is thrown away when this method throws.</param>
    /// <exception cref="FramedSocketException">The header or body cannot be said in this framing; nothing is sent and the connection stays usable.</exception>
    void Encode(in THeader header, in HeaderEncodeContext context, IBufferWriter<byte> output);

    /// <summary>
    /// Encodes the head of a frame straight into its place. A shortcut for heads that are short or of a known length; by
    /// default there is none, and <see cref="Encode"/> is called.
    /// </summary>
    /// <param name="header">The header.</param>
    /// <param name="context">The limits, and the length of the body.</param>
    /// <param name="destination">The place, of 64 bytes or more. What is written there is thrown away unless this returns true.</param>
    /// <param name="written">The bytes written.</param>
    /// <returns><see langword="false"/> where the head does not fit: <see cref="Encode"/> is called.</returns>
    /// <exception cref="FramedSocketException">As <see cref="Encode"/>.</exception>
    bool TryEncode(in THeader header, in HeaderEncodeContext context, Span<byte> destination, out int written)
    {
        written = 0;
        return false;
    }

    /// <summary>Checks the bytes after a received body; called only where the layout has a trailer.</summary>
    /// <param name="trailer">The trailer, as long as the layout said.</param>
    /// <returns><see langword="false"/> ends the connection with <see cref="FramedSocketError.MalformedTrailer"/>.</returns>
    bool IsTrailerValid(ReadOnlySpan<byte> trailer) => true;

    /// <summary>Checks that a body can be framed; called only where <see cref="DelimitsByContent"/> is true.</summary>
    /// <param name="body">The whole body, contiguous.</param>
    /// <exception cref="FramedSocketException">The body would end the frame early: <see cref="FramedSocketError.UnframeableBody"/>.</exception>
    void CheckBody(ReadOnlySpan<byte> body)
    {
    }
}
