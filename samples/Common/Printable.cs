using System.Globalization;
using System.Text;

namespace Common;

/// <summary>Makes a stranger's text fit for one line of a terminal or a log.</summary>
public static class Printable
{
    private const int MaxLength = 100;

    /// <summary>The text with a question mark for each character that would do something, and cut where it is long.</summary>
    public static string Of(string? text, int maxLength = MaxLength)
    {
        var line = new StringBuilder();
        foreach (var rune in (text ?? "").EnumerateRunes())
        {
            if (line.Length >= maxLength)
            {
                return line.Append('…').ToString();
            }

            line.Append(Is(rune) ? rune.ToString() : "?");
        }

        return line.ToString();
    }

    /// <summary>Whether a character shows as itself, and does nothing else to a terminal or a line.</summary>
    public static bool Is(Rune rune) => rune != Rune.ReplacementChar
        && Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format
            or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
            or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned);

    /// <summary>
    /// Whether a character may stand in a name: it can be seen, or is the plain space. With another blank, or a letter that leaves no
    /// trace, two names would look the same.
    /// </summary>
    public static bool IsInName(Rune rune) => Is(rune) && !IsUnseen(rune.Value)
        && (rune.Value == ' ' || Rune.GetUnicodeCategory(rune) != UnicodeCategory.SpaceSeparator);

    /// <summary>Letters that fill a place with nothing, the braille cell without a dot, and marks that only choose a form or a join.</summary>
    private static bool IsUnseen(int value) => value
        is 0x115F or 0x1160 or 0x3164 or 0xFFA0 or 0x2800
        or 0x034F or 0x17B4 or 0x17B5 or (>= 0x180B and <= 0x180F) or (>= 0xFE00 and <= 0xFE0F) or (>= 0xE0100 and <= 0xE01EF);
}
