namespace FramedSockets.Testing;

/// <summary>A timer of a clock that a test moves. What it holds is under the clock's lock.</summary>
internal sealed class ManualTimer(ManualTimeProvider clock, Action fire) : ITimer
{
    private int _calls;
    private int _caller;
    private TaskCompletionSource? _quiet;

    /// <summary>When it fires next; <see langword="null"/> while it is not set.</summary>
    public TimeSpan? Due { get; private set; }

    /// <summary>How long after that again; <see langword="null"/> for not at all.</summary>
    private TimeSpan? Period { get; set; }

    /// <summary>Calls back, what <see cref="Begin"/> has begun.</summary>
    public void Fire()
    {
        try
        {
            fire();
        }
        finally
        {
            clock.End(this);
        }
    }

    public void Set(in TimerTimes times, TimeSpan now) => (Due, Period) = (now + times.Due, times.Period);

    /// <summary>It fires now: sets it for the time after that.</summary>
    public void SetNext(TimeSpan now) => Due = now + Period;

    /// <summary>It is about to call back, on this thread.</summary>
    public void Begin() => (_calls, _caller) = (_calls + 1, Environment.CurrentManagedThreadId);

    public void End()
    {
        _calls--;
        if (_calls == 0)
        {
            _quiet?.SetResult();
            _quiet = null;
        }
    }

    /// <summary>Ends when no call is under way; at once in its own call, which would wait for itself.</summary>
    public Task WaitUntilQuietAsync() => _calls == 0 || _caller == Environment.CurrentManagedThreadId
        ? Task.CompletedTask
        : (_quiet ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    public bool Change(TimeSpan dueTime, TimeSpan period) => clock.TrySet(this, new(dueTime, period));

    public void Dispose() => _ = clock.RemoveAsync(this);

    public ValueTask DisposeAsync() => new(clock.RemoveAsync(this));
}
