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
}
