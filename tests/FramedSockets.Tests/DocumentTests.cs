using System.Text.RegularExpressions;
using FramedSockets.Tests.Support;

namespace FramedSockets.Tests;

/// <summary>Whether what the documents point to is there.</summary>
public sealed partial class DocumentTests
{
    private static readonly string[] Folders = ["docs", "benchmarks", "samples", "src", "tests"];

    public static TheoryData<string> Documents => [.. Directory.GetFiles(Project.PathOf(), "*.md")
        .Concat(Folders.SelectMany(folder => Directory.GetFiles(Project.PathOf(folder), "*.md", SearchOption.AllDirectories)))
        .Select(file => Path.GetRelativePath(Project.PathOf(), file))
        .Where(file => !file.Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj"))];

    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_link_leads_somewhere(string document)
    {
        var file = Project.PathOf(document);
        Assert.All(Links(file), link => Assert.True(Leads(file, link.Path, link.Heading), $"{document} points to {link.Path}{link.Heading}."));
    }

    [Fact]
    public void Every_test_that_the_table_of_fault_cases_names_is_there()
    {
        var files = Directory.GetFiles(Project.PathOf("tests"), "*.cs", SearchOption.AllDirectories).ToLookup(Path.GetFileName, File.ReadAllText);
        var named = File.ReadLines(Project.PathOf("tests", "FramedSockets.Faults", "cases.tsv"))
            .SelectMany(line => line.Split('\t')[^1].Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(name => name.Contains("Tests."))
            .Select(name => name.Split('.')).ToArray();
        Assert.NotEmpty(named);
        Assert.All(named, name => Assert.Contains(files[$"{name[0]}.cs"], text => text.Contains($" {name[1]}(")));
    }

    private static IEnumerable<(string Path, string Heading)> Links(string file) =>
        Text(file).SelectMany(line => Link().Matches(line)).Select(match => (match.Groups[1].Value, match.Groups[2].Value))
            .Where(link => !link.Item1.Contains(':'));

    private static bool Leads(string file, string path, string heading)
    {
        var target = path.Length == 0 ? file : Path.Combine(Path.GetDirectoryName(file)!, path);
        return heading.Length == 0 ? Path.Exists(target) : File.Exists(target) && Headings(target).Contains(heading[1..], StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>The names under which headings are found where these files are read: GitHub's, which number those that come twice.</summary>
    private static IEnumerable<string> Headings(string file) => Text(file)
        .Where(line => line.StartsWith('#'))
        .Select(line => Unnamed().Replace(line.TrimStart('#').Trim(), "").Replace(' ', '-'))
        .GroupBy(name => name, StringComparer.OrdinalIgnoreCase)
        .SelectMany(same => same.Select((name, index) => index == 0 ? name : $"{name}-{index}"));

    /// <summary>The lines that are no code.</summary>
    private static IEnumerable<string> Text(string file)
    {
        var isCode = false;
        foreach (var line in File.ReadLines(file))
        {
            var isFence = line.TrimStart().StartsWith("```");
            isCode ^= isFence;
            if (!isCode && !isFence)
            {
                yield return line;
            }
        }
    }

    [GeneratedRegex(@"\]\(([^)#\s]*)(#[^)\s]*)?\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"[^\p{L}\p{N} _-]")]
    private static partial Regex Unnamed();
}
