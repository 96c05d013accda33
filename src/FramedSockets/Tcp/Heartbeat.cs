namespace FramedSockets.Tcp;

/// <summary>
/// Calls back once a second, with the time since the last call; never twice at once. A beat that comes much too late counts for
/// no time: the process, and not a peer, was the one that slept.
/// </summary>
internal sealed class Heartbeat : IDisposable
{
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly object _gate = new();
    private readonly TimeProvider _clock;
    private readonly Action<TimeSpan> _beat;
    private readonly ITimer _timer;
    private long _last;
    private bool _disposed;

    public Heartbeat(TimeProvider clock, Action<TimeSpan> beat)
    {
        _clock = clock;
        _beat = beat;
        _last = clock.GetTimestamp();
        lock (_gate)
        {
            _timer = clock.CreateTimer(static heart => ((Heartbeat)heart!).Beat(), this, Interval, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Stops, once a beat that is under way has ended; the beat itself may call it.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            _timer.Dispose();
        }
    }

    private void Beat()
    {
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }

            var now = _clock.GetTimestamp();
            var elapsed = _clock.GetElapsedTime(_last, now);
            _last = now;
            try
            {
                _beat(elapsed <= 2 * Interval ? elapsed : TimeSpan.Zero);
            }
            finally
            {
                if (!_disposed)
                {
                    _ = _timer.Change(Interval, Timeout.InfiniteTimeSpan);
                }
            }
        }
    }
}
