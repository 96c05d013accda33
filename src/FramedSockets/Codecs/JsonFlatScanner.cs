using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace FramedSockets.Codecs;

/// <summary>
/// Scans the JSON that headers are made of: one object of plain members, in ASCII and without escapes. What it takes is
/// strict JSON without duplicate names; what it does not take may be so too, and is for <see cref="JsonStrictScanner"/> to judge.
/// </summary>
internal static class JsonFlatScanner
{
    /// <summary>How many members with other names than the known ones it takes.</summary>
    public const int MaxUnknown = 8;

    /// <summary>Whether a name can be known to the scanner.</summary>
    public static bool IsPlain(string name) => !name.AsSpan().ContainsAnyExceptInRange(' ', '~') && !name.AsSpan().ContainsAny('"', '\\');

    /// <summary>Scans an object.</summary>
    /// <param name="json">The text.</param>
    /// <param name="names">The known names, in their quotes, in the order in which they are expected.</param>
    /// <param name="fields">Where the value of each known name goes, and after them <see cref="MaxUnknown"/> places; all empty.</param>
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
        while (true)
        {
            JsonField other = default;
            ref var field = ref other;
            if (expected < names.Length && json[i..].StartsWith(names[expected]))
            {
                i += names[expected].Length;
                field = ref fields[expected++];
            }
            else
            {
                var end = FindQuote(json, i + 1);
                if (end < 0 || At(json, i) != '"' || !TryPlace(json, i, end + 1, names, fields, ref unknown, out var place))
                {
                    return false;
                }

                i = end + 1;
                if (place >= 0)
                {
                    field = ref fields[place];
                    expected = place + 1;
                }
            }

            if (field.Kind != JsonFieldKind.None)
            {
                return false;
            }

            i = SkipSpace(json, i);
            if (At(json, i) != ':' || !TryScanValue(json, SkipSpace(json, i + 1), out field, out i))
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
        ReadOnlySpan<byte> json, int start, int end, byte[][] names, Span<JsonField> fields, ref int unknown, out int place)
    {
        var name = json[start..end];
        for (place = 0; place < names.Length; place++)
        {
            if (name.SequenceEqual(names[place]))
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

        fields[unknown++] = new() { Start = start, End = end };
        return true;
    }

    private static bool TryScanValue(ReadOnlySpan<byte> json, int start, out JsonField field, out int end)
    {
        switch (At(json, start))
        {
            case (byte)'"':
                end = FindQuote(json, start + 1);
                field = new() { Kind = JsonFieldKind.Text, Start = start + 1, End = end };
                return end++ >= 0;
            case (byte)'t':
                return TryScanWord(json, start, "true"u8, JsonFieldKind.True, out field, out end);
            case (byte)'f':
                return TryScanWord(json, start, "false"u8, JsonFieldKind.False, out field, out end);
            case (byte)'n':
                return TryScanWord(json, start, "null"u8, JsonFieldKind.Other, out field, out end);
            default:
                return TryScanNumber(json, start, out field, out end);
        }
    }

    private static bool TryScanWord(
        ReadOnlySpan<byte> json, int start, ReadOnlySpan<byte> word, JsonFieldKind kind, out JsonField field, out int end)
    {
        end = start + word.Length;
        field = new() { Kind = kind, Start = start, End = end };
        return json[start..].StartsWith(word);
    }

    /// <summary>Takes whole numbers only: a fraction or an exponent is for the strict scanner.</summary>
    private static bool TryScanNumber(ReadOnlySpan<byte> json, int start, out JsonField field, out int end)
    {
        var first = At(json, start) == '-' ? start + 1 : start;
        end = first;
        while ((uint)(At(json, end) - '0') <= 9)
        {
            end++;
        }

        if (end == first || (json[first] == '0' && end > first + 1))
        {
            field = default;
            return false;
        }

        field = JsonField.OfNumber(json, start, end);
        return (At(json, end) | 0x20) != 'e' && At(json, end) != '.';
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
