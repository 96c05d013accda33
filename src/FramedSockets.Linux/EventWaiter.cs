using System.Threading.Tasks.Sources;

namespace FramedSockets.Linux;

/// <summary>Waits, asynchronously and without a task, until a descriptor is ready. What follows runs on the thread pool. One waits at a time.</summary>
internal sealed class EventWaiter : IEventTarget, IValueTaskSource
{
    private ManualResetValueTaskSourceCore<bool> _core = new() { RunContinuationsAsynchronously = true };
    private CancellationTokenRegistration _registration;
    private Readiness _readiness;

    /// <inheritdoc cref="Readiness.Clear"/>
    public void Clear() => _readiness.Clear();

    /// <summary>Waits until something was reported since <see cref="Clear"/>.</summary>
    public ValueTask WaitAsync(CancellationToken cancellationToken)
    {
        _core.Reset();
        if (!_readiness.TryWait())
        {
            return default;
        }

        if (cancellationToken.CanBeCanceled)
        {
            _registration = cancellationToken.UnsafeRegister(static (waiter, token) => ((EventWaiter)waiter!).Cancel(token), this);
        }

        return new(this, _core.Version);
    }

    /// <summary>Whether nothing more will be reported.</summary>
    public bool IsLost { get; private set; }

    public void OnEvents(EpollEvents events)
    {
        IsLost |= events == EpollEvents.Lost;
        Wake();
    }

    /// <summary>Ends the wait, or the next one. Any thread.</summary>
    public void Wake()
    {
        if (_readiness.Signal())
        {
            _core.SetResult(true);
        }
    }

    void IValueTaskSource.GetResult(short token)
    {
        _registration.Dispose();
        _registration = default;
        _ = _core.GetResult(token);
    }

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    private void Cancel(CancellationToken token)
    {
        if (_readiness.TryTake())
        {
            _core.SetException(new OperationCanceledException(token));
        }
    }
}
