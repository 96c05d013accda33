using System.Buffers;

namespace FramedSockets.Codecs;

/// <summary>Lines: a body that ends at a line feed. A carriage return before it belongs to the ending, not to the line.</summary>
/// <remarks>
/// <code>
/// | line | LF |      or      | line | CR | LF |
///
/// 68 65 6C 6C 6F 0A                     "hello", as it is sent by default
/// 68 65 6C 6C 6F 0D 0A                  "hello", as it is sent with LineEnding.CrLf; both are received
/// </code>
/// <para>
/// A line must not hold a line feed; with <see cref="LineEnding.Lf"/> it must not end in a carriage return either, which its
/// receiver would take for a part of the ending. A carriage return elsewhere is data. A line is held in memory, so its limit
/// is the smaller of <see cref="FrameLimits.MaxBodyLength"/> and <see cref="FrameLimits.MaxBufferedBodyLength"/>. Thread-safe.
/// </para>
/// </remarks>
public sealed class LineCodec : IHeaderCodec<NoHeader>
{
    private readonly LineEnding _ending;

    /// <summary>Creates the codec.</summary>
    /// <param name="ending">What is written after a line; <see cref="LineEnding.Lf"/> by default.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="ending"/> is none of those named.</exception>
    public LineCodec(LineEnding ending = LineEnding.Lf) =>
        _ending = Enum.IsDefined(ending) ? ending : throw new ArgumentOutOfRangeException(nameof(ending));

    /// <inheritdoc/>
    public bool DelimitsByContent => true;

    /// <inheritdoc/>
    public ReadOnlySpan<byte> Trailer => _ending == LineEnding.CrLf ? "\r\n"u8 : "\n"u8;

    /// <inheritdoc/>
    public HeaderDecodeResult Decode(ReadOnlySpan<byte> source, in HeaderDecodeContext context, out NoHeader header)
    {
        header = default;
        var index = source[context.Examined..].IndexOf((byte)'\n');
        var end = index < 0 ? source.Length : context.Examined + index;
        var isCr = end > 0 && source[end - 1] == '\r';
        var length = isCr ? end - 1 : end;
        if (length > BodyLengths.MostHeld(context.Limits))
        {
            return BodyLengths.Endless(length, context.Limits);
        }

        return index < 0 ? HeaderDecodeResult.NeedMore(examined: end) : HeaderDecodeResult.Complete(0, length, isCr ? 2 : 1);
    }

    /// <inheritdoc/>
    public void Encode(in NoHeader header, in HeaderEncodeContext context, IBufferWriter<byte> output) =>
        BodyLengths.CheckHeld(context.BodyLength, context.Limits);

    /// <inheritdoc/>
    public void CheckBody(ReadOnlySpan<byte> body)
    {
        var index = body.IndexOf((byte)'\n');
        if (index >= 0)
        {
            throw new FramedSocketException(FramedSocketError.UnframeableBody, $"The line of {body.Length} bytes holds a line feed, at {index}.");
        }

        if (_ending == LineEnding.Lf && body is [.., (byte)'\r'])
        {
            throw new FramedSocketException(
                FramedSocketError.UnframeableBody, $"The line of {body.Length} bytes ends in a carriage return, which would be lost.");
        }
    }
}
