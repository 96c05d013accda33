using FramedSockets.Fuzz.Engine;
using FramedSockets.Fuzz.Targets;

namespace FramedSockets.Fuzz.Tests;

/// <summary>What the fuzzer found interesting, and what it found, run again against the library as it is.</summary>
public sealed class ReplayTests
{
    private const int Generated = 200;

    public static TheoryData<string> Targets => [.. FuzzTargets.Names];

    public static TheoryData<string> Crashes =>
        [.. Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "crashes"), "*.hex").Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Targets))]
    public void Every_input_of_the_corpus_passes(string target)
    {
        var inputs = Corpus.Read(Path.Combine(AppContext.BaseDirectory, "corpus", $"{target}.hex")).ToArray();
        Assert.NotEmpty(inputs);
        Assert.All(inputs, input => AssertPasses(target, input));
    }

    [Theory]
    [MemberData(nameof(Crashes))]
    public void What_once_failed_passes(string file) =>
        Assert.All(Corpus.Read(Path.Combine(AppContext.BaseDirectory, "crashes", file)), input => AssertPasses(Crash.TargetOf(file), input));

    [Theory]
    [MemberData(nameof(Targets))]
    public void What_the_grammar_makes_passes(string target)
    {
        var random = new Random(12345);
        var maker = FuzzTargets.Create(target);
        Assert.All(Enumerable.Range(0, Generated), _ => AssertPasses(target, maker.Generate(random)));
    }

    private static void AssertPasses(string target, byte[] input)
    {
        var failure = Execution.Run(FuzzTargets.Create(target), input);
        Assert.True(failure is null, $"{Convert.ToHexString(input)}: {failure}");
    }
}
