namespace FramedSockets.Testing;

/// <summary>A timer of a clock that a test moves. What it holds is under the clock's lock.</summary>
internal sealed class ManualTimer(ManualTimeProvider clock, Action fire) : ITimer
{
    /// <summary>When it fires next; <see langword="null"/> while it is not set.</summary>
    public TimeSpan? Due { get; set; }

    /// <summary>How long after that again; <see langword="null"/> for not at all.</summary>
    public TimeSpan? Period { get; set; }

    public void Fire() => fire();

    /// <summary>It fires now: sets it for the time after that.</summary>
    public void SetNext(TimeSpan now) => Due = now + Period;

    public bool Change(TimeSpan dueTime, TimeSpan period)
    {
        clock.Set(this, dueTime, period);
        return true;
    }

    public void Dispose() => clock.Remove(this);

    public ValueTask DisposeAsync()
    {
        Dispose();
        return default;
    }
}
