namespace FramedSockets.Testing;

/// <summary>What a timer is set to, as <see cref="TimeProvider.System"/> understands it.</summary>
internal readonly struct TimerTimes
{
    private const long Longest = uint.MaxValue - 1;

    public TimerTimes(TimeSpan dueTime, TimeSpan period)
    {
        // Zero is the next moment there is.
        Due = Milliseconds(dueTime, nameof(dueTime)) < 0 ? null : dueTime > TimeSpan.Zero ? dueTime : TimeSpan.FromTicks(1);
        Period = Milliseconds(period, nameof(period)) <= 0 ? null : period;
    }

    /// <summary>How long until it fires; <see langword="null"/> for never.</summary>
    public TimeSpan? Due { get; }

    /// <summary>How long after that again; <see langword="null"/> for not at all.</summary>
    public TimeSpan? Period { get; }

    /// <summary>The whole milliseconds; -1 is for ever.</summary>
    private static long Milliseconds(TimeSpan time, string name)
    {
        var whole = (long)time.TotalMilliseconds;
        ArgumentOutOfRangeException.ThrowIfLessThan(whole, Timeout.Infinite, name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(whole, Longest, name);
        return whole;
    }
}
