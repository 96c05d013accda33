using System.Buffers;

namespace FramedSockets.Codecs;

/// <summary>A body, and then the bytes that end it. For lines of text there is <see cref="LineCodec"/>.</summary>
/// <remarks>
/// <code>
/// | body | delimiter |
///
/// 68 65 6C 6C 6F 00                     "hello", with the delimiter 00
/// </code>
/// <para>
/// A body must not hold the delimiter, nor end in such a way that the delimiter would be found sooner. It is held in memory,
/// so its limit is the smaller of <see cref="FrameLimits.MaxBodyLength"/> and <see cref="FrameLimits.MaxBufferedBodyLength"/>.
/// No byte is looked through twice, but those that may begin a delimiter. Thread-safe.
/// </para>
/// </remarks>
public sealed class DelimiterCodec : IHeaderCodec<NoHeader>
{
    private readonly Delimiter _delimiter;

    /// <summary>Creates the codec.</summary>
    /// <param name="delimiter">The bytes that end a body; 1 to 255 of them. They are copied.</param>
    /// <exception cref="ArgumentException">The delimiter is empty or longer.</exception>
    public DelimiterCodec(ReadOnlySpan<byte> delimiter) => _delimiter = new(delimiter, HeaderDecodeResult.MaxTrailerLength);

    /// <inheritdoc/>
    public bool DelimitsByContent => true;

    /// <inheritdoc/>
    public ReadOnlySpan<byte> Trailer => _delimiter.Bytes;

    /// <inheritdoc/>
    public HeaderDecodeResult Decode(ReadOnlySpan<byte> source, in HeaderDecodeContext context, out NoHeader header)
    {
        header = default;
        var length = _delimiter.Find(source, context.Examined);
        var settled = length < 0 ? _delimiter.CountSettled(source) : length;
        if (settled > BodyLengths.MostHeld(context.Limits))
        {
            return BodyLengths.Endless(settled, context.Limits);
        }

        return length < 0 ? HeaderDecodeResult.NeedMore(examined: settled) : HeaderDecodeResult.Complete(0, length, _delimiter.Length);
    }

    /// <inheritdoc/>
    public void Encode(in NoHeader header, in HeaderEncodeContext context, IBufferWriter<byte> output) =>
        BodyLengths.CheckHeld(context.BodyLength, context.Limits);

    /// <inheritdoc/>
    public void CheckBody(ReadOnlySpan<byte> body)
    {
        if (!_delimiter.CanEnd(body))
        {
            throw new FramedSocketException(
                FramedSocketError.UnframeableBody, $"The body of {body.Length} bytes holds the delimiter of {_delimiter.Length}, or begins it where it ends.");
        }
    }
}
