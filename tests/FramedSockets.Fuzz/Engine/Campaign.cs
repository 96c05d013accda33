using System.Diagnostics;

namespace FramedSockets.Fuzz.Engine;

/// <summary>
/// Runs one target for a while: a third of the inputs come from its grammar, the others are mutations of inputs that covered
/// something new.
/// </summary>
internal sealed class Campaign(IFuzzTarget target, int edges, long seed)
{
    private readonly Random _random = new(unchecked((int)(seed ^ (seed >> 32))));
    private readonly CoverageMap _covered = new(edges);
    private readonly Dictionary<string, Crash> _crashes = [];

    public long Executions { get; private set; }

    public TimeSpan Elapsed { get; private set; }

    public int Edges => _covered.Edges;

    public CoverageMap Covered => _covered;

    public Corpus Corpus { get; } = new();

    public IReadOnlyCollection<Crash> Crashes => _crashes.Values;

    /// <summary>Runs until the time is over or, if asked, until the first finding.</summary>
    public void Run(TimeSpan time, IEnumerable<byte[]> seeds, bool stopAtFirst = false)
    {
        var start = Stopwatch.GetTimestamp();
        var mutator = new Mutator(_random, target.Tokens);
        using var watch = new Watchdog(target);
        foreach (var input in seeds.Append([]))
        {
            Execute(input, watch);
        }

        while ((Elapsed = Stopwatch.GetElapsedTime(start)) < time && !(stopAtFirst && _crashes.Count > 0))
        {
            for (var i = 0; i < 64; i++)
            {
                var isGenerated = Corpus.Count == 0 || _random.Next(3) == 0;
                Execute(isGenerated ? target.Generate(_random) : mutator.Mutate(Corpus.Pick(_random), Corpus.Pick(_random)), watch);
            }
        }
    }

    private void Execute(byte[] input, Watchdog watch)
    {
        Executions++;
        var failure = Run(input);
        if (_covered.Add(Coverage.Hits))
        {
            Corpus.Add(input);
        }

        if (failure is not null && !_crashes.ContainsKey(Execution.KindOf(failure)))
        {
            var kind = Execution.KindOf(failure);
            input = Minimizer.Minimize(Run, input, kind);
            _crashes.Add(kind, new(target.Name, input, (Run(input) ?? failure).ToString()));
        }

        // A shorter input may hang as well.
        Exception? Run(byte[] tried)
        {
            watch.Begin(tried);
            var result = Execution.Run(target, tried);
            watch.End();
            return result;
        }
    }
}
