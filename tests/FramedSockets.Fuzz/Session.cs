using FramedSockets.Fuzz.Engine;
using FramedSockets.Fuzz.Targets;

namespace FramedSockets.Fuzz;

/// <summary>What runs against the instrumented copy; called by name, from the other side.</summary>
internal static class Session
{
    private static CoverageMap? _all;

    /// <summary>Fuzzes one target and prints what came of it.</summary>
    /// <returns>The findings.</returns>
    public static int Run(string target, int edges, double seconds, long seed, string crashes, string? corpus, bool updates)
    {
        var campaign = new Campaign(FuzzTargets.Create(target), edges, seed);
        var file = corpus is null ? null : Path.Combine(corpus, $"{target}.hex");
        campaign.Run(TimeSpan.FromSeconds(seconds), file is null ? [] : Corpus.Read(file));
        Console.WriteLine(
            $"{target}: {campaign.Executions} executions in {campaign.Elapsed.TotalSeconds:F1} s, {campaign.Executions / campaign.Elapsed.TotalSeconds:F0}/s, "
            + $"{campaign.Edges} of {edges} edges, corpus of {campaign.Corpus.Count}, {campaign.Crashes.Count} findings, seed {seed}");
        foreach (var crash in campaign.Crashes)
        {
            crash.Save(crashes);
            Console.WriteLine($"  {Path.Combine(crashes, crash.FileName)}, {Convert.ToHexStringLower(crash.Input)}: {crash.Failure}");
        }

        _all ??= new(edges);
        _all.Add(campaign.Covered);
        if (updates && file is not null)
        {
            Corpus.Write(file, CorpusCover.Of(FuzzTargets.Create(target), campaign.Corpus.Inputs, edges));
        }

        return campaign.Crashes.Count;
    }

    /// <summary>Prints what all targets covered together.</summary>
    public static void Summarize(int edges) => Console.WriteLine($"together: {_all?.Edges} of {edges} edges");

    /// <summary>Fuzzes until the first finding, and says after how many seconds it came; <see langword="null"/> where none did.</summary>
    public static string? Find(string target, int edges, double seconds, long seed)
    {
        var campaign = new Campaign(FuzzTargets.Create(target), edges, seed);
        campaign.Run(TimeSpan.FromSeconds(seconds), [], stopAtFirst: true);
        return campaign.Crashes.Count == 0
            ? null
            : $"{campaign.Elapsed.TotalSeconds:F1} s, {campaign.Executions} executions: {campaign.Crashes.First().Failure.Split('\n')[0]}";
    }

    /// <summary>Runs the inputs of a file.</summary>
    public static int Replay(string file)
    {
        var target = FuzzTargets.Create(Crash.TargetOf(file));
        foreach (var input in Corpus.Read(file))
        {
            var failure = Execution.Run(target, input);
            Console.WriteLine(failure is null ? $"{file}: passes" : $"{file}: {failure}");
            if (failure is not null)
            {
                return 1;
            }
        }

        return 0;
    }
}
