using System.Buffers;
using System.Globalization;

namespace FramedSockets.Codecs;

/// <summary>The member of a header that says the body's length: refused when received, written over when sent.</summary>
internal static class JsonLength
{
    /// <summary>The refusal of a length that is not one.</summary>
    public static HeaderDecodeResult Refuse(in JsonField length) => length.Kind == JsonFieldKind.None
        ? HeaderDecodeResult.Corrupt(FramedSocketError.MalformedHeader, "The header lacks the member that says the body's length")
        : HeaderDecodeResult.Corrupt(
            FramedSocketError.MalformedHeader, $"The body's length is not plain digits from 0 to {long.MaxValue}, at the header's byte", length.Start);

    /// <summary>Finds the number to write over in a text that is to be sent, which is held to the same rules as what is received.</summary>
    /// <exception cref="FramedSocketException">The text could not be received, or lacks the number.</exception>
    public static JsonField Find(ReadOnlySpan<byte> json, ReadOnlySpan<byte> name)
    {
        var result = JsonStrictScanner.Scan(json, name, out var length);
        if (result.IsCorrupt)
        {
            throw result.ToException();
        }

        return length.Kind is JsonFieldKind.Integer or JsonFieldKind.Number || name.IsEmpty ? length : throw new FramedSocketException(
            FramedSocketError.MalformedHeader, "The header does not have the member that says the body's length as a number.");
    }

    /// <summary>Copies a text behind some free bytes, with the body's length written over a number; an empty field stands for no number.</summary>
    /// <exception cref="FramedSocketException">The text is over the limit; no memory was asked for.</exception>
    public static int Write(
        ReadOnlySpan<byte> json, JsonField length, in HeaderEncodeContext context, int free, IBufferWriter<byte> output, out Span<byte> target)
    {
        Span<byte> digits = stackalloc byte[20];
        _ = context.BodyLength.TryFormat(digits, out var count, default, CultureInfo.InvariantCulture);
        digits = digits[..(length.Kind == JsonFieldKind.None ? 0 : count)];
        var written = json.Length - (length.End - length.Start) + digits.Length;
        if (written > context.Limits.MaxHeaderLength)
        {
            throw TooLong(written, context.Limits);
        }

        target = output.GetSpan(free + written);
        var text = target[free..];
        json[..length.Start].CopyTo(text);
        digits.CopyTo(text[length.Start..]);
        json[length.End..].CopyTo(text[(length.Start + digits.Length)..]);
        return written;
    }

    /// <summary>The refusal of a header over the limit.</summary>
    public static FramedSocketException TooLong(long length, FrameLimits limits) => new(
        FramedSocketError.HeaderTooLong, $"The header has {length} bytes or more, over the limit of {limits.MaxHeaderLength}.");
}
