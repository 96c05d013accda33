namespace FramedSockets.Testing;

/// <summary>What is on its way to a reader, each not before its time. Not thread-safe.</summary>
internal sealed class ArrivalQueue(TimeProvider clock)
{
    private readonly Queue<Arrival> _coming = new();
    private long _last;

    /// <summary>The bytes that are on their way.</summary>
    public long Length { get; private set; }

    /// <summary>The bytes whose time has come.</summary>
    public long DueLength
    {
        get
        {
            var now = clock.GetTimestamp();
            return _coming.Where(arrival => arrival.Due <= now).Sum(arrival => (long)(arrival.Bytes?.Length ?? 0));
        }
    }

    /// <summary>Adds what comes so long after what was added before it, or after now where that has come.</summary>
    public void Add(byte[]? bytes, Exception? failure, TimeSpan delay)
    {
        // Nothing comes a tick before its time, and what comes for ever later never does.
        var ticks = Convert(delay.Ticks, TimeSpan.TicksPerSecond, clock.TimestampFrequency);
        _last = (long)Int128.Min(long.MaxValue, Math.Max(_last, clock.GetTimestamp()) + ticks);
        _coming.Enqueue(new(bytes, failure, _last));
        Length += bytes?.Length ?? 0;
    }

    /// <summary>Takes what has come first, if its time has come.</summary>
    public bool TryTake(out Arrival arrival)
    {
        if (!_coming.TryPeek(out arrival) || arrival.Due > clock.GetTimestamp())
        {
            return false;
        }

        Length -= arrival.Bytes?.Length ?? 0;
        return _coming.TryDequeue(out _);
    }

    /// <summary>How long until something comes; <see langword="null"/> where nothing does.</summary>
    public TimeSpan? GetWait()
    {
        if (!_coming.TryPeek(out var arrival))
        {
            return null;
        }

        var now = clock.GetTimestamp();
        if (arrival.Due <= now)
        {
            return TimeSpan.Zero;
        }

        // GetElapsedTime rounds down, which would end the wait too soon, and overflows on .NET 8.
        var ticks = Convert((Int128)arrival.Due - now, clock.TimestampFrequency, TimeSpan.TicksPerSecond);
        return TimeSpan.FromTicks((long)Int128.Min(long.MaxValue, ticks));
    }

    public void Clear()
    {
        _coming.Clear();
        Length = 0;
    }

    /// <summary>The same time in units of which so many make a second: in whole numbers, and up.</summary>
    private static Int128 Convert(Int128 time, long from, long to) => ((time * to) + from - 1) / from;
}
