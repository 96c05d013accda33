using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Text;

namespace FramedSockets.Codecs;

/// <summary>
/// Scans the JSON that headers are made of: one object of plain members, in ASCII and without escapes. What it takes is
/// strict JSON without duplicate names; what it does not take may be so too, and is for <see cref="JsonStrictScanner"/> to judge.
/// </summary>
internal static class JsonFlatScanner
{
    /// <summary>How many members with other names than the known ones it takes.</summary>
    public const int MaxUnknown = 8;

    // So many always fit.
    private const int MostDigits = 18;

    /// <summary>Whether a name can be known to the scanner.</summary>
    public static bool IsPlain(string name) => !name.AsSpan().ContainsAnyExceptInRange(' ', '~') && !name.AsSpan().ContainsAny('"', '\\');

    /// <summary>A known name as the scanner wants it: in quotes, with its colon.</summary>
    public static byte[] Quote(string name) => Encoding.ASCII.GetBytes($"\"{name}\":");

    /// <summary>Scans an object.</summary>
    /// <param name="json">The text.</param>
    /// <param name="names">The known names, from <see cref="Quote"/>, in the order in which they are expected.</param>
    /// <param name="fields">Where the value of each known name goes, all empty, and after them <see cref="MaxUnknown"/> places.</param>
    /// <returns><see langword="false"/> when something else than a flat object of plain members was met.</returns>
    public static bool TryScan(ReadOnlySpan<byte> json, byte[][] names, Span<JsonField> fields)
    {
        var i = SkipSpace(json, 0);
        if (At(json, i) != '{')
        {
            return false;
        }

        i = SkipSpace(json, i + 1);
        if (At(json, i) == '}')
        {
            return SkipSpace(json, i + 1) == json.Length;
        }

        var expected = 0;
        var unknown = names.Length;
        JsonField other = default;
        while (true)
        {
            ref var field = ref other;
            if (expected < names.Length && json[i..].StartsWith(names[expected]))
            {
                i += names[expected].Length;
                field = ref fields[expected++];
            }
            else
            {
                var end = FindQuote(json, i + 1);
                if (end < 0 || At(json, i) != '"' || !TryPlace(json[i..(end + 1)], i, names, fields, ref unknown, json, out var place))
                {
                    return false;
                }

                i = SkipSpace(json, end + 1);
                if (At(json, i++) != ':')
                {
                    return false;
                }

                other = default;
                if (place >= 0)
                {
                    field = ref fields[place];
                    expected = place + 1;
                }
            }

            if (field.Kind != JsonFieldKind.None || !TryScanValue(json, SkipSpace(json, i), ref field, out i))
            {
                return false;
            }

            i = SkipSpace(json, i);
            var next = At(json, i);
            i = SkipSpace(json, i + 1);
            if (next != ',')
            {
                return next == '}' && i == json.Length;
            }
        }
    }

    /// <summary>Finds the place of a name that was not the expected one; -1 for one that is unknown, and new.</summary>
    private static bool TryPlace(
        ReadOnlySpan<byte> name, int start, byte[][] names, Span<JsonField> fields, ref int unknown, ReadOnlySpan<byte> json, out int place)
    {
        for (place = 0; place < names.Length; place++)
        {
            if (name.SequenceEqual(names[place].AsSpan(..^1)))
            {
                return true;
            }
        }

        place = -1;
        for (var i = names.Length; i < unknown; i++)
        {
            if (name.SequenceEqual(json[fields[i].Start..fields[i].End]))
            {
                return false;
            }
        }

        if (unknown == fields.Length)
        {
            return false;
        }

        fields[unknown++] = new() { Start = start, End = start + name.Length };
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryScanValue(ReadOnlySpan<byte> json, int start, ref JsonField field, out int end)
    {
        field.Start = start;
        var first = At(json, start);
        if (first == '"')
        {
            field.Kind = JsonFieldKind.Text;
            field.Start = start + 1;
            field.End = FindQuote(json, start + 1);
            end = field.End + 1;
            return end > 0;
        }

        return (uint)(first - '0') <= 9 ? TryScanNumber(json, start, ref field, out end) : TryScanOther(json, start, ref field, out end);
    }

    /// <summary>Takes whole numbers only: a fraction or an exponent is for the strict scanner.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryScanNumber(ReadOnlySpan<byte> json, int start, ref JsonField field, out int end)
    {
        long number = 0;
        uint digit;
        for (end = start; (digit = (uint)(At(json, end) - '0')) <= 9; end++)
        {
            number = (number * 10) + digit;
        }

        field.Kind = JsonFieldKind.Integer;
        field.Number = number;
        field.End = end;
        return end - start <= MostDigits && (At(json, start) != '0' || end == start + 1) && (At(json, end) | 0x20) != 'e' && At(json, end) != '.';
    }

    private static bool TryScanOther(ReadOnlySpan<byte> json, int start, ref JsonField field, out int end)
    {
        switch (At(json, start))
        {
            case (byte)'-':
                var isNumber = TryScanNumber(json, start + 1, ref field, out end);
                field.Start = start;
                field.Number = -field.Number;
                return isNumber && end > start + 1;
            case (byte)'t':
                return TryScanWord(json, start, "true"u8, JsonFieldKind.True, ref field, out end);
            case (byte)'f':
                return TryScanWord(json, start, "false"u8, JsonFieldKind.False, ref field, out end);
            case (byte)'n':
                return TryScanWord(json, start, "null"u8, JsonFieldKind.Other, ref field, out end);
            default:
                end = start;
                return false;
        }
    }

    private static bool TryScanWord(
        ReadOnlySpan<byte> json, int start, ReadOnlySpan<byte> word, JsonFieldKind kind, ref JsonField field, out int end)
    {
        field.Kind = kind;
        field.End = end = start + word.Length;
        return json[start..].StartsWith(word);
    }

    /// <summary>Finds the quote that ends a text; -1 where something else than plain ASCII comes first.</summary>
    private static int FindQuote(ReadOnlySpan<byte> json, int i)
    {
        if (Vector128.IsHardwareAccelerated)
        {
            ref var first = ref MemoryMarshal.GetReference(json);
            for (; i <= json.Length - Vector128<byte>.Count; i += Vector128<byte>.Count)
            {
                // As signed numbers, control characters and everything beyond ASCII are less than a space.
                var bytes = Vector128.LoadUnsafe(ref first, (nuint)i);
                var stops = Vector128.Equals(bytes, Vector128.Create((byte)'"'))
                    | Vector128.Equals(bytes, Vector128.Create((byte)'\\'))
                    | Vector128.LessThan(bytes.AsSByte(), Vector128.Create((sbyte)' ')).AsByte();
                var mask = stops.ExtractMostSignificantBits();
                if (mask != 0)
                {
                    i += BitOperations.TrailingZeroCount(mask);
                    return json[i] == '"' ? i : -1;
                }
            }
        }

        for (; (uint)i < (uint)json.Length; i++)
        {
            var c = json[i];
            if (c == '"')
            {
                return i;
            }

            if (c is < (byte)' ' or (byte)'\\' or > 0x7F)
            {
                return -1;
            }
        }

        return -1;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int SkipSpace(ReadOnlySpan<byte> json, int i)
    {
        while (At(json, i) is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t')
        {
            i++;
        }

        return i;
    }

    /// <summary>A byte, or 0, which JSON has nowhere, beyond the end.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte At(ReadOnlySpan<byte> json, int i) => (uint)i < (uint)json.Length ? json[i] : (byte)0;
}
