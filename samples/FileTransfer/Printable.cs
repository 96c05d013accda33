using System.Text;

namespace FileTransfer;

/// <summary>Makes a stranger's text fit for one line of a terminal or a log.</summary>
internal static class Printable
{
    private const int MaxLength = 100;

    public static string Of(string? text)
    {
        var line = new StringBuilder();
        foreach (var rune in (text ?? "").EnumerateRunes())
        {
            if (line.Length >= MaxLength)
            {
                return line.Append('…').ToString();
            }

            line.Append(SafeFileName.IsPrintable(rune) ? rune.ToString() : "?");
        }

        return line.ToString();
    }
}
