using System.Buffers;

namespace FramedSockets.Codecs;

/// <summary>
/// A length, and then the body: the plainest framing there is. By default the length has 4 bytes, big-endian, and counts the
/// body alone.
/// </summary>
/// <remarks>
/// <code>
/// 0        w                w+b
/// | b: w   | b bytes body   |          w = Width: 1, 2, 3, 4 or 8 bytes
///
/// 00 00 00 05 68 65 6C 6C 6F           "hello", by default
/// 07 00 68 65 6C 6C 6F                 Width = 2, ByteOrder = LittleEndian, CountsItself = true
/// </code>
/// <para>Where bytes of a header stand before or after the length, use <see cref="LengthFieldCodec"/>. Thread-safe.</para>
/// </remarks>
public sealed class LengthPrefixCodec : IHeaderCodec<NoHeader>
{
    private readonly LengthField _field;

    /// <summary>Creates the codec.</summary>
    /// <param name="options">The options; <see cref="LengthPrefixOptions.Default"/> when <see langword="null"/>.</param>
    /// <exception cref="ArgumentException">Two options contradict each other, or no body could be said; the message says what to write instead.</exception>
    public LengthPrefixCodec(LengthPrefixOptions? options = null)
    {
        options ??= LengthPrefixOptions.Default;
        if (options.CountsItself && options.Adjustment != 0)
        {
            throw new ArgumentException(
                $"CountsItself already adjusts the length by -{options.Width}: write Adjustment = {options.Adjustment - options.Width} alone.", nameof(options));
        }

        if (-(long)options.Adjustment > LengthField.MaxOf(options.Width))
        {
            throw new ArgumentException(
                $"A length of {options.Width} bytes says at most {LengthField.MaxOf(options.Width)}, so no body is left by an Adjustment of {options.Adjustment}: write a greater Width, or a greater Adjustment.",
                nameof(options));
        }

        _field = new(options.Width, options.ByteOrder, options.CountsItself ? -options.Width : options.Adjustment);
    }

    /// <inheritdoc/>
    public HeaderDecodeResult Decode(ReadOnlySpan<byte> source, in HeaderDecodeContext context, out NoHeader header)
    {
        header = default;
        var width = _field.Width;
        return source.Length >= width ? _field.Decode(source, width) : HeaderDecodeResult.NeedMore(width);
    }

    /// <inheritdoc/>
    public void Encode(in NoHeader header, in HeaderEncodeContext context, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        _field.Encode(context.BodyLength, output.GetSpan(_field.Width));
        output.Advance(_field.Width);
    }

    /// <inheritdoc/>
    public bool TryEncode(in NoHeader header, in HeaderEncodeContext context, Span<byte> destination, out int written)
    {
        _field.Encode(context.BodyLength, destination);
        written = _field.Width;
        return true;
    }
}
