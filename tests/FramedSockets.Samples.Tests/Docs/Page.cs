using System.Text.RegularExpressions;

namespace FramedSockets.Samples.Tests.Docs;

/// <summary>A page of docs.</summary>
internal sealed partial class Page(string name)
{
    public string Text { get; } = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Docs", name)).ReplaceLineEndings("\n");

    /// <summary>The code blocks in a language, in order.</summary>
    public string[] Blocks(string language) => BlocksOf(Text, language);

    /// <summary>Those below a heading.</summary>
    public string[] Blocks(string language, string heading)
    {
        var start = Text.IndexOf($"\n## {heading}\n", StringComparison.Ordinal);
        Assert.True(start >= 0, heading);
        var end = Text.IndexOf("\n## ", start + 1, StringComparison.Ordinal);
        return BlocksOf(end < 0 ? Text[start..] : Text[start..end], language);
    }

    private static string[] BlocksOf(string text, string language) =>
        [.. Block().Matches(text).Where(match => match.Groups["language"].Value == language).Select(match => match.Groups["code"].Value)];

    [GeneratedRegex("^```(?<language>[a-z]*)\n(?<code>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();
}
