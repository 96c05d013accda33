namespace FramedSockets.Fuzz.Engine;

/// <summary>
/// What the instrumented copy of the library reports to: a counter for each edge of its control flow, and the steps it took.
/// Public, because the copy calls it.
/// </summary>
public static class Coverage
{
    private const int MostEdges = 1 << 14;
    private const long Unlimited = long.MaxValue;
    private static readonly byte[] Counters = new byte[MostEdges];
    private static long _left = Unlimited;

    /// <summary>How many of the edges there are were counted since <see cref="Begin"/>.</summary>
    public static ReadOnlySpan<byte> Hits => Counters;

    /// <summary>Whether the copy took more steps than it was allowed.</summary>
    public static bool Overran => _left < 0;

    /// <summary>Forgets the counts, and allows so many steps.</summary>
    public static void Begin(long steps)
    {
        Array.Clear(Counters);
        _left = steps;
    }

    /// <summary>The steps left.</summary>
    public static long End()
    {
        var left = _left;
        _left = Unlimited;
        return left;
    }

    /// <summary>Counts an edge.</summary>
    public static void Hit(int edge)
    {
        Counters[edge]++;
        if (--_left < 0)
        {
            Overrun();
        }
    }

    private static void Overrun() => throw new FuzzFailureException("too many steps", "The library went on for longer than the input is long.");
}
