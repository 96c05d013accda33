using System.Buffers;

namespace FramedSockets.Codecs;

/// <summary>
/// A header up to a delimiter, and then a body until the stream ends: an answer in the manner of HTTP/1.0. There is one such
/// frame in a stream; its body is always streamed.
/// </summary>
/// <remarks>
/// <code>
/// | header | delimiter | body … | end of the stream
///
/// "HTTP/1.0 200 OK" CR LF "Server: x" CR LF CR LF "hello"          header: from HTTP to x
/// </code>
/// <para>
/// The header's limit does not count the delimiter. The body is read through <see cref="Frame{THeader}.BodyReader"/>, and sent
/// from a stream or a pipe with the length <see cref="HeaderDecodeResult.UntilEnd"/>, which ends the output behind it. A header
/// without a body, such as a request, is sent with empty memory and leaves the output open. Each header that arrives is an array
/// of its own. Thread-safe.
/// </para>
/// </remarks>
public sealed class HeaderBlockCodec : IHeaderCodec<ReadOnlyMemory<byte>>
{
    private const int MaxDelimiter = 32;
    private readonly Delimiter _delimiter;

    /// <summary>Creates the codec for headers that end with an empty line: CR LF CR LF.</summary>
    public HeaderBlockCodec()
        : this("\r\n\r\n"u8)
    {
    }

    /// <summary>Creates the codec.</summary>
    /// <param name="delimiter">The bytes that end the header; 1 to 32 of them. They are copied.</param>
    /// <exception cref="ArgumentException">The delimiter is empty or longer.</exception>
    public HeaderBlockCodec(ReadOnlySpan<byte> delimiter) => _delimiter = new(delimiter, MaxDelimiter);

    /// <inheritdoc/>
    public HeaderDecodeResult Decode(ReadOnlySpan<byte> source, in HeaderDecodeContext context, out ReadOnlyMemory<byte> header)
    {
        header = default;
        var length = _delimiter.Find(source, context.Examined);
        var settled = length < 0 ? _delimiter.CountSettled(source) : length;
        if (settled > context.Limits.MaxHeaderLength)
        {
            return HeaderDecodeResult.Corrupt(
                FramedSocketError.HeaderTooLong, $"The header does not end within the limit of {context.Limits.MaxHeaderLength} bytes; it has at least", settled);
        }

        if (length < 0)
        {
            return HeaderDecodeResult.NeedMore(examined: settled);
        }

        header = source[..length].ToArray();
        return HeaderDecodeResult.Complete(length + _delimiter.Length, HeaderDecodeResult.UntilEnd);
    }

    /// <inheritdoc/>
    public void Encode(in ReadOnlyMemory<byte> header, in HeaderEncodeContext context, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        if (context.BodyLength > 0)
        {
            throw new FramedSocketException(
                FramedSocketError.UnframeableBody, "In this framing a body lasts until the stream ends: send it from a stream or a pipe, with the length UntilEnd.");
        }

        if (header.Length > context.Limits.MaxHeaderLength)
        {
            throw new FramedSocketException(
                FramedSocketError.HeaderTooLong, $"The header has {header.Length} bytes, over the limit of {context.Limits.MaxHeaderLength}.");
        }

        if (!_delimiter.CanEnd(header.Span))
        {
            throw new FramedSocketException(
                FramedSocketError.MalformedHeader, $"The header of {header.Length} bytes holds its delimiter of {_delimiter.Length}, or begins it where it ends.");
        }

        output.Write(header.Span);
        output.Write(_delimiter.Bytes);
    }
}
