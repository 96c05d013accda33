using System.Collections.Concurrent;

namespace FramedSockets.Udp;

/// <summary>Keeps send slots for reuse: one for the common case of one sender at a time, and a few for senders that meet. Thread-safe.</summary>
internal sealed class SendSlots<THeader>(Func<SendSlot<THeader>> create)
{
    private const int Most = 64;
    private readonly ConcurrentQueue<SendSlot<THeader>> _others = new();
    private SendSlot<THeader>? _first;
    private int _count;

    public SendSlot<THeader> Rent()
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

    public void Return(SendSlot<THeader> slot)
    {
        if (Interlocked.CompareExchange(ref _first, slot, null) is null)
        {
            return;
        }

        if (Interlocked.Increment(ref _count) <= Most)
        {
            _others.Enqueue(slot);
        }
        else
        {
            _ = Interlocked.Decrement(ref _count);
        }
    }
}
