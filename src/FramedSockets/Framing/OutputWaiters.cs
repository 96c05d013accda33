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
    private readonly Queue<OutputWaiter<THeader>> _queue = new();
    private OutputWaiter<THeader>? _spare;

    /// <summary>Whether anybody waits; one who has cancelled counts until the queue moves.</summary>
    public bool IsEmpty => _queue.Count == 0;

    /// <summary>Takes a place at the end of the queue.</summary>
    public OutputWaiter<THeader> Enqueue(OutputWaiter<THeader>.Wish kind, in THeader header, in ReadOnlySequence<byte> body)
    {
        var waiter = _spare ?? new();
        _spare = null;
        waiter.Begin(kind, header, body);
        _queue.Enqueue(waiter);
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
            _queue.Dequeue().Grant();
        }
    }

    /// <summary>Grants what the output's queue can grant, in order; says whether the turn was handed on.</summary>
    public bool Grant(OutputQueue<THeader> queue)
    {
        while (TryPeek(out var waiter) && queue.TryGrant(waiter))
        {
            if (!waiter.IsOver)
            {
                _queue.Dequeue().Grant();
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
            waiter.Refuse(exception);
        }
    }

    /// <summary>Lets everybody go with an exception who wants to send; the end can still be waited for.</summary>
    public void RefuseSenders(Exception exception)
    {
        foreach (var waiter in _queue)
        {
            if (!waiter.IsOver && waiter.Kind != OutputWaiter<THeader>.Wish.End)
            {
                waiter.Refuse(exception);
            }
        }
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
                waiter.Refuse(new OperationCanceledException(token));
            }
        }
    }
}
