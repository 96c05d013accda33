namespace FramedSockets.Codecs;

/// <summary>Where in a JSON text a member's value stands: of a text, what is between the quotes.</summary>
internal struct JsonField
{
    public JsonFieldKind Kind;
    public int Start;
    public int End;

    /// <summary>Of an <see cref="JsonFieldKind.Integer"/>: the number.</summary>
    public long Number;

    /// <summary>Takes a number from its text: digits that fit become an integer.</summary>
    public static JsonField OfNumber(ReadOnlySpan<byte> json, int start, int end)
    {
        var field = new JsonField { Kind = JsonFieldKind.Number, Start = start, End = end };
        var isNegative = json[start] == '-';
        var i = isNegative ? start + 1 : start;
        if (end - i > 19)
        {
            return field;
        }

        ulong number = 0;
        for (; i < end; i++)
        {
            var digit = (uint)(json[i] - '0');
            if (digit > 9)
            {
                return field;
            }

            number = (number * 10) + digit;
        }

        if (number <= long.MaxValue)
        {
            field.Kind = JsonFieldKind.Integer;
            field.Number = isNegative ? -(long)number : (long)number;
        }

        return field;
    }

    /// <summary>Whether it is digits without a sign, as a length is.</summary>
    public readonly bool IsUnsigned(ReadOnlySpan<byte> json) => Kind == JsonFieldKind.Integer && json[Start] != '-';
}
