using System.Runtime.ExceptionServices;

namespace FramedSockets.Testing;

/// <summary>A clock that stands still until a test moves it. It begins at 1970-01-01T00:00:00Z.</summary>
/// <remarks>
/// Thread-safe, but one caller at a time moves it. Timers call back on the thread that moves the clock, before that call returns;
/// what they set going on other threads is not waited for.
/// </remarks>
public sealed class ManualTimeProvider : TimeProvider
{
    private readonly object _gate = new();
    private readonly List<ManualTimer> _timers = [];
    private TimeSpan _now;

    /// <summary>How many timers are set now. A test waits for it where another thread is about to wait for the clock.</summary>
    public int PendingTimers
    {
        get
        {
            lock (_gate)
            {
                return _timers.Count(timer => timer.Due is not null);
            }
        }
    }

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override long GetTimestamp()
    {
        lock (_gate)
        {
            return _now.Ticks;
        }
    }

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddTicks(GetTimestamp());

    /// <inheritdoc/>
    /// <remarks>
    /// It takes the times that <see cref="TimeProvider.System"/> takes, -1 ms to 4,294,967,294 ms, and as that one ignores a period of less
    /// than 1 ms; but it does not cut what is due to whole milliseconds.
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="dueTime"/> or <paramref name="period"/> is out of range.</exception>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(callback);
        var times = new TimerTimes(dueTime, period);
        var timer = new ManualTimer(this, () => callback(state));
        lock (_gate)
        {
            _timers.Add(timer);
            timer.Set(times, _now);
        }

        return timer;
    }

    /// <summary>
    /// Lets time pass as it does for a process that runs: each timer fires at its time, in order, and again where it is set again
    /// meanwhile.
    /// </summary>
    /// <param name="by">How long; zero or more.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="by"/> is negative.</exception>
    public void Advance(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        TimeSpan end;
        lock (_gate)
        {
            end = _now + by;
        }

        while (TakeNext(end) is { } timer)
        {
            timer.Fire();
        }
    }

    /// <summary>
    /// Lets time pass as it does for a process that was stopped: it is later all at once, and each timer that came due fires once, late.
    /// </summary>
    /// <param name="by">How long; zero or more.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="by"/> is negative.</exception>
    public void Jump(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        ManualTimer[] due;
        lock (_gate)
        {
            _now += by;
            due = [.. _timers.Where(timer => timer.Due <= _now).OrderBy(timer => timer.Due)];
            foreach (var timer in due)
            {
                timer.SetNext(_now);
            }
        }

        Exception? thrown = null;
        foreach (var timer in due.Where(TryBegin))
        {
            try
            {
                timer.Fire();
            }
            catch (Exception e)
            {
                // The others have come due as well.
                thrown ??= e;
            }
        }

        if (thrown is not null)
        {
            ExceptionDispatchInfo.Throw(thrown);
        }
    }

    /// <summary>Sets a timer, if it was not removed.</summary>
    internal bool TrySet(ManualTimer timer, in TimerTimes times)
    {
        lock (_gate)
        {
            timer.Set(times, _now);
            return _timers.Contains(timer);
        }
    }

    /// <summary>Lets a timer fire no more.</summary>
    /// <returns>A task that ends when no call of it is under way on another thread.</returns>
    internal Task RemoveAsync(ManualTimer timer)
    {
        lock (_gate)
        {
            _ = _timers.Remove(timer);
            return timer.WaitUntilQuietAsync();
        }
    }

    /// <summary>A call of a timer is over.</summary>
    internal void End(ManualTimer timer)
    {
        lock (_gate)
        {
            timer.End();
        }
    }

    /// <summary>Begins a call of a timer, unless it was removed meanwhile.</summary>
    private bool TryBegin(ManualTimer timer)
    {
        lock (_gate)
        {
            var isThere = _timers.Contains(timer);
            if (isThere)
            {
                timer.Begin();
            }

            return isThere;
        }
    }

    /// <summary>Goes on to the next timer that is due until then, or to then where there is none.</summary>
    private ManualTimer? TakeNext(TimeSpan end)
    {
        lock (_gate)
        {
            var next = _timers.Where(timer => timer.Due <= end).MinBy(timer => timer.Due);
            var then = next?.Due ?? end;

            // A timer may have moved the clock itself, and beyond.
            _now = then > _now ? then : _now;
            next?.SetNext(_now);
            next?.Begin();
            return next;
        }
    }
}
