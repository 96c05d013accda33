using System.Threading.Tasks.Sources;

namespace FramedSockets.Udp;

/// <summary>One who waits at a <see cref="DatagramQueue"/>, over and over without allocating. Who ends the wait does not run who waited.</summary>
internal sealed class DatagramWaiter : IValueTaskSource<bool>, IThreadPoolWorkItem
{
    private ManualResetValueTaskSourceCore<bool> _core;
    private bool _outcome;

    /// <summary>What was waited for, where it was a datagram.</summary>
    public QueuedDatagram Datagram { get; set; }

    /// <summary>The wait that has begun.</summary>
    public ValueTask<bool> Task => new(this, _core.Version);

    public void Begin() => _core.Reset();

    public void End(bool outcome)
    {
        _outcome = outcome;
        _ = ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    public void Execute() => _core.SetResult(_outcome);

    public bool GetResult(short token) => _core.GetResult(token);

    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);
}
