using System.Globalization;
using System.Text.RegularExpressions;

namespace FramedSockets.Samples.Tests.Docs;

/// <summary>The examples of docs/wire.md.</summary>
internal static partial class WireDocument
{
    private static readonly string Text = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Docs", "wire.md")).ReplaceLineEndings("\n");

    /// <summary>The code blocks in a language, in order.</summary>
    public static string[] Blocks(string language) =>
        [.. Block().Matches(Text).Where(match => match.Groups["language"].Value == language).Select(match => match.Groups["code"].Value)];

    /// <summary>The bytes of each block of hex; what stands to the right of them is comment.</summary>
    public static byte[][] Frames() =>
        [.. Blocks("hex").Select(block => Bytes(string.Join(' ', block.Split('\n').Select(line => line.Split("  ")[0]))))];

    /// <summary>The rows of the table of errors: the bytes, and the error's name.</summary>
    public static IEnumerable<(byte[] Stream, string Error)> Refusals() =>
        Refusal().Matches(Text).Select(match => (Bytes(match.Groups["bytes"].Value), match.Groups["error"].Value));

    private static byte[] Bytes(string hex) =>
        [.. hex.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(pair => byte.Parse(pair, NumberStyles.HexNumber))];

    [GeneratedRegex("^```(?<language>[a-z]+)\n(?<code>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex(@"^\| `(?<bytes>[0-9a-f]{2}( [0-9a-f]{2})+)`[^|]*\| (?<error>[A-Z][A-Za-z]+):", RegexOptions.Multiline)]
    private static partial Regex Refusal();
}
