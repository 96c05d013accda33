using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace FramedSockets.Framing;

/// <summary>
/// The senders that wait at an output, first come, first served. Everything but <see cref="WaitAsync"/> is called under the
/// queue's lock.
/// </summary>
internal sealed class OutputWaiters<THeader>(object gate)
{
    private const int Few = 16;

    private readonly Queue<OutputWaiter<THeader>> _queue = new();
    private OutputWaiter<THeader>? _spare;
    private int _count;
    private int _late;

    /// <summary>Whether anybody waits.</summary>
    public bool IsEmpty => _count == 0;

    /// <summary>Whether anybody waits who found the queue full.</summary>
    public bool HasLate => _late > 0;

    /// <summary>Takes a place at the end of the queue.</summary>
    public OutputWaiter<THeader> Enqueue(
        OutputWaiter<THeader>.Wish kind, in THeader header, in ReadOnlySequence<byte> body, bool isLate = false)
    {
        var waiter = _spare ?? new();
        _spare = null;
        waiter.Begin(kind, header, body, isLate);
        _queue.Enqueue(waiter);
        Count(waiter, 1);
        return waiter;
    }

    /// <summary>Shows the first that still waits.</summary>
    public bool TryPeek([NotNullWhen(true)] out OutputWaiter<THeader>? waiter)
    {
        while (_queue.TryPeek(out waiter) && waiter.IsOver)
        {
            _ = _queue.Dequeue();
        }

        return waiter is not null;
    }

    /// <summary>Lets those go who wait for no more bytes than have left.</summary>
    public void GrantUpTo(long left)
    {
        while (TryPeek(out var flusher) && flusher.Mark <= left)
        {
            Grant(_queue.Dequeue());
        }
    }

    /// <summary>Grants what the output's queue can grant, in order; says whether the turn was handed on.</summary>
    public bool Grant(OutputQueue<THeader> queue)
    {
        while (TryPeek(out var waiter) && queue.TryGrant(waiter))
        {
            if (!waiter.IsOver)
            {
                Grant(_queue.Dequeue());
                if (waiter.TakesTurn)
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>Lets everybody go with an exception.</summary>
    public void Refuse(Exception exception)
    {
        while (TryPeek(out var waiter))
        {
            Refuse(waiter, exception);
        }
    }

    /// <summary>Lets everybody go with an exception who wants to send; the end can still be waited for.</summary>
    public void RefuseSenders(Exception exception)
    {
        foreach (var waiter in _queue)
        {
            if (!waiter.IsOver && waiter.Kind != OutputWaiter<THeader>.Wish.End)
            {
                Refuse(waiter, exception);
            }
        }
    }

    /// <summary>Lets one go with an exception.</summary>
    public void Refuse(OutputWaiter<THeader> waiter, Exception exception)
    {
        Count(waiter, -1);
        waiter.Refuse(exception);
    }

    /// <summary>Waits for one's turn. Cancelling gives the place up, unless the turn has come.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask WaitAsync(OutputWaiter<THeader> waiter, CancellationToken cancellationToken)
    {
        var place = cancellationToken.CanBeCanceled ? (this, waiter) : default(object);
        var registration = cancellationToken.UnsafeRegister(static (place, token) => Cancel(place, token), place);
        bool isMine;
        try
        {
            await waiter.Task.ConfigureAwait(false);
        }
        finally
        {
            // Waiting for a callback that waits for the lock would cost more than a new waiter.
            isMine = registration.Unregister() || place is null;
        }

        // Only one who was granted has left the queue for certain.
        if (isMine)
        {
            lock (gate)
            {
                _spare = waiter;
            }
        }
    }

    private static void Cancel(object? place, CancellationToken token)
    {
        var (waiters, waiter) = ((OutputWaiters<THeader>, OutputWaiter<THeader>))place!;
        waiters.Cancel(waiter, token);
    }

    private void Cancel(OutputWaiter<THeader> waiter, CancellationToken token)
    {
        lock (gate)
        {
            if (!waiter.IsOver)
            {
                Refuse(waiter, new OperationCanceledException(token));
                ForgetCancelled();
            }
        }
    }

    /// <summary>One who gave up is left where he stands until the queue moves; but behind one that waits long, they must not pile up.</summary>
    private void ForgetCancelled()
    {
        if (_queue.Count > (2 * _count) + Few)
        {
            for (var left = _queue.Count; left > 0; left--)
            {
                var waiter = _queue.Dequeue();
                if (!waiter.IsOver)
                {
                    _queue.Enqueue(waiter);
                }
            }
        }
    }

    private void Grant(OutputWaiter<THeader> waiter)
    {
        Count(waiter, -1);
        waiter.Grant();
    }

    private void Count(OutputWaiter<THeader> waiter, int change)
    {
        _count += change;
        _late += waiter.IsLate ? change : 0;
    }
}
