namespace FramedSockets.Tcp;

/// <summary>How long an accept loop waits after a failed accept: 10 ms, then twice as long each time up to a second.</summary>
internal sealed class AcceptBackOff(TimeProvider clock)
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);
    private TimeSpan _next = Shortest;

    public void Reset() => _next = Shortest;

    /// <summary>Waits, unless the loop is to end.</summary>
    public async Task WaitAsync(CancellationToken stopping)
    {
        var wait = _next;
        _next = TimeSpan.FromTicks(Math.Min(2 * wait.Ticks, Longest.Ticks));
        await Task.Delay(wait, clock, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
