namespace FramedSockets.Tcp;

/// <summary>How an accept loop goes on after a failed accept: it waits 10 ms, then twice as long each time up to a second, and speaks once a minute.</summary>
internal sealed class AcceptBackOff(TimeProvider clock)
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Silence = TimeSpan.FromMinutes(1);
    private TimeSpan _next = Shortest;
    private long? _spoke;

    public void Reset() => _next = Shortest;

    public bool ShouldLog()
    {
        if (_spoke is { } last && clock.GetElapsedTime(last) < Silence)
        {
            return false;
        }

        _spoke = clock.GetTimestamp();
        return true;
    }

    public Task WaitAsync(Func<bool> isOver)
    {
        var wait = _next;
        _next = TimeSpan.FromTicks(Math.Min(2 * wait.Ticks, Longest.Ticks));
        return isOver() ? Task.CompletedTask : Task.Delay(wait, clock);
    }
}
