using System.Globalization;
using System.Text.RegularExpressions;

namespace FramedSockets.Samples.Tests.Docs;

/// <summary>The examples of docs/wire.md.</summary>
internal static partial class WireDocument
{
    private static readonly Page Page = new("wire.md");

    /// <summary>The code blocks in a language, in order.</summary>
    public static string[] Blocks(string language) => Page.Blocks(language);

    /// <summary>The bytes of each block of hex; what stands to the right of them is comment.</summary>
    public static byte[][] Frames() =>
        [.. Blocks("hex").Select(block => Bytes(string.Join(' ', block.Split('\n').Select(line => line.Split("  ")[0]))))];

    /// <summary>The rows of the table of errors: the bytes, and the error's name.</summary>
    public static IEnumerable<(byte[] Stream, string Error)> Refusals() =>
        Refusal().Matches(Page.Text).Select(match => (Bytes(match.Groups["bytes"].Value), match.Groups["error"].Value));

    private static byte[] Bytes(string hex) =>
        [.. hex.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(pair => byte.Parse(pair, NumberStyles.HexNumber))];

    [GeneratedRegex(@"^\| `(?<bytes>[0-9a-f]{2}( [0-9a-f]{2})+)`[^|]*\| (?<error>[A-Z][A-Za-z]+):", RegexOptions.Multiline)]
    private static partial Regex Refusal();
}
