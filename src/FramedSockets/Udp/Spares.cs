using System.Collections.Concurrent;

namespace FramedSockets.Udp;

/// <summary>Keeps what a send needs for reuse: one for the common case of one sender at a time, and a few for senders that meet. Thread-safe.</summary>
internal sealed class Spares<T>(Func<T> create)
    where T : class
{
    private const int Most = 64;
    private readonly ConcurrentQueue<T> _others = new();
    private T? _first;
    private int _count;

    public T Rent()
    {
        if (Interlocked.Exchange(ref _first, null) is { } first)
        {
            return first;
        }

        if (_others.TryDequeue(out var other))
        {
            _ = Interlocked.Decrement(ref _count);
            return other;
        }

        return create();
    }

    public void Return(T spare)
    {
        if (Interlocked.CompareExchange(ref _first, spare, null) is null)
        {
            return;
        }

        if (Interlocked.Increment(ref _count) <= Most)
        {
            _others.Enqueue(spare);
        }
        else
        {
            _ = Interlocked.Decrement(ref _count);
        }
    }
}
