namespace FramedSockets.Linux;

/// <summary>
/// Notices a handler that holds a loop, while it does: from a timer, once per limit, it looks whether the loop is in the same
/// turn as the last time.
/// </summary>
internal sealed class Watchdog : IDisposable
{
    private readonly Func<long> _turn;
    private readonly Action _onLate;
    private readonly ITimer _timer;
    private readonly TimeSpan _limit;
    private long _seen;
    private long _told;

    /// <summary>Begins to watch.</summary>
    /// <param name="turn">A number that is odd while a handler runs, and grows.</param>
    /// <param name="limit">How long a turn may last.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="onLate">Called once for a turn that lasts longer.</param>
    public Watchdog(Func<long> turn, TimeSpan limit, TimeProvider clock, Action onLate)
    {
        _turn = turn;
        _limit = limit;
        _onLate = onLate;
        _timer = clock.CreateTimer(static dog => ((Watchdog)dog!).Look(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Again();
    }

    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        var turn = _turn();
        if (turn % 2 != 0 && turn == _seen && turn != _told)
        {
            _told = turn;
            _onLate();
        }

        _seen = turn;
        Again();
    }

    // One shot after the other: a look that is held up is not overtaken by the next.
    private void Again() => _ = _timer.Change(_limit, Timeout.InfiniteTimeSpan);
}
