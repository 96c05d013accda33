using System.Buffers;

namespace FramedSockets.Codecs;

/// <summary>Any framing, and what a ping is in it. On the wire it is the framing that it was given.</summary>
/// <typeparam name="THeader">The header's type.</typeparam>
/// <remarks>
/// A ping is sent where <c>FrameDeadlines.Ping</c> says so, and received as any other frame. Thread-safe, as the framing is.
/// <code>
/// new PingCodec&lt;ChatHeader&gt;(new JsonHeaderCodec&lt;ChatHeader&gt;(…), new(new ChatHeader("ping")))
/// new PingCodec&lt;NoHeader&gt;(new LineCodec(), new(default, "PING"u8.ToArray()))
/// </code>
/// </remarks>
public sealed class PingCodec<THeader> : IHeaderCodec<THeader>
{
    private readonly IHeaderCodec<THeader> _framing;

    /// <summary>Creates the codec.</summary>
    /// <param name="framing">The framing.</param>
    /// <param name="ping">The frame that is a ping; one that the framing and the limits accept, or the first ping ends its connection.</param>
    public PingCodec(IHeaderCodec<THeader> framing, FramePing<THeader> ping)
    {
        ArgumentNullException.ThrowIfNull(framing);
        ArgumentNullException.ThrowIfNull(ping);
        _framing = framing;
        Ping = ping;
    }

    /// <inheritdoc/>
    public FramePing<THeader> Ping { get; }

    /// <inheritdoc/>
    public bool DelimitsByContent => _framing.DelimitsByContent;

    /// <inheritdoc/>
    public ReadOnlySpan<byte> Trailer => _framing.Trailer;

    /// <inheritdoc/>
    public HeaderDecodeResult Decode(ReadOnlySpan<byte> source, in HeaderDecodeContext context, out THeader header) =>
        _framing.Decode(source, context, out header);

    /// <inheritdoc/>
    public void Encode(in THeader header, in HeaderEncodeContext context, IBufferWriter<byte> output) => _framing.Encode(header, context, output);

    /// <inheritdoc/>
    public bool TryEncode(in THeader header, in HeaderEncodeContext context, Span<byte> destination, out int written) =>
        _framing.TryEncode(header, context, destination, out written);

    /// <inheritdoc/>
    public bool IsTrailerValid(ReadOnlySpan<byte> trailer) => _framing.IsTrailerValid(trailer);

    /// <inheritdoc/>
    public void CheckBody(ReadOnlySpan<byte> body) => _framing.CheckBody(body);
}
