using System.Buffers;
using System.Globalization;

namespace FramedSockets.Codecs;

/// <summary>Netstrings: the length in digits and a colon, the body, and a comma.</summary>
/// <remarks>
/// <code>
/// | b: digits | : | b bytes body | , |
///
/// 35 3A 68 65 6C 6C 6F 2C               "5:hello,"
/// 30 3A 2C                              "0:,", an empty body
/// </code>
/// <para>A length with a leading zero, and one without digits, are refused. Thread-safe.</para>
/// </remarks>
public sealed class NetstringCodec : IHeaderCodec<NoHeader>
{
    // The digits of the largest length, and the colon.
    private const int MaxHead = 20;

    /// <inheritdoc/>
    public ReadOnlySpan<byte> Trailer => ","u8;

    /// <inheritdoc/>
    public HeaderDecodeResult Decode(ReadOnlySpan<byte> source, in HeaderDecodeContext context, out NoHeader header)
    {
        header = default;
        long length = 0;
        for (var i = 0; i < source.Length; i++)
        {
            var digit = source[i] - '0';
            if (source[i] == ':' && i > 0)
            {
                return HeaderDecodeResult.Complete(i + 1, length, trailerLength: 1);
            }

            if ((uint)digit > 9 || (i == 1 && length == 0))
            {
                return HeaderDecodeResult.Corrupt(FramedSocketError.MalformedHeader, "The length is not digits without a leading zero; it is not at byte", i);
            }

            // Further digits only make it longer, so it is refused at the first one that is too many.
            if (length > (long.MaxValue - digit) / 10)
            {
                return HeaderDecodeResult.Corrupt(FramedSocketError.BodyTooLong, $"The declared length is over {long.MaxValue}; its digits are at least", i + 1);
            }

            length = (length * 10) + digit;
        }

        return HeaderDecodeResult.NeedMore(source.Length + 1);
    }

    /// <inheritdoc/>
    public void Encode(in NoHeader header, in HeaderEncodeContext context, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        var target = output.GetSpan(MaxHead);
        _ = BodyLengths.Checked(context.BodyLength, long.MaxValue).TryFormat(target, out var digits, default, CultureInfo.InvariantCulture);
        target[digits] = (byte)':';
        output.Advance(digits + 1);
    }

    /// <inheritdoc/>
    public bool IsTrailerValid(ReadOnlySpan<byte> trailer) => trailer.SequenceEqual(Trailer);
}
