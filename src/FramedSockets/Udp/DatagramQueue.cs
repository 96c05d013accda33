using System.Buffers;
using System.Runtime.CompilerServices;

namespace FramedSockets.Udp;

/// <summary>
/// The bounded queue between the socket and several handlers. Each datagram in it is a copy in pooled memory. A handler that
/// waits is handed the next one; the others sleep on. One caller adds.
/// </summary>
internal sealed class DatagramQueue(DatagramHandlingOptions options, ArrayPool<byte> pool, DatagramStatistics statistics)
{
    private readonly object _gate = new();
    private readonly Queue<QueuedDatagram> _queue = new();
    private readonly Stack<DatagramWaiter> _idle = new(options.Receivers);
    private readonly DatagramWaiter _room = new();
    private bool _waitsForRoom;
    private bool _isComplete;

    public ArrayPool<byte> Pool => pool;

    /// <summary>Copies a datagram into the queue; a full one waits or drops, as the options say.</summary>
    /// <exception cref="OperationCanceledException">The wait was cancelled; the datagram is dropped and counted.</exception>
    public ValueTask AddAsync(in ArrivedDatagram datagram, in DatagramPeer peer, CancellationToken cancellationToken)
    {
        var copy = Copy(datagram, peer);
        lock (_gate)
        {
            if (_queue.Count == options.QueueLength && options.WhenFull == DatagramQueueFull.Wait)
            {
                _waitsForRoom = true;
                _room.Begin();
                return WaitToAddAsync(copy, cancellationToken);
            }

            Add(copy);
        }

        return default;
    }

    /// <summary>Takes the next datagram; <see langword="false"/> after the last one.</summary>
    public ValueTask<bool> TakeAsync(DatagramWaiter handler)
    {
        lock (_gate)
        {
            if (_queue.TryDequeue(out var datagram))
            {
                Hand(datagram, handler);
                EndWaitForRoom(_queue.Count <= options.QueueLength / 2, outcome: true);
                return new(true);
            }

            if (_isComplete)
            {
                return new(false);
            }

            _idle.Push(handler);
            handler.Begin();
            return handler.Task;
        }
    }

    /// <summary>Gives a datagram's memory back.</summary>
    public void Release(in QueuedDatagram datagram) => pool.Return(datagram.Datagram.Array);

    /// <summary>No more datagrams come; those in the queue may still be taken.</summary>
    public void Complete()
    {
        lock (_gate)
        {
            _isComplete = true;
            while (_idle.TryPop(out var handler))
            {
                handler.End(outcome: false);
            }
        }
    }

    private QueuedDatagram Copy(in ArrivedDatagram datagram, in DatagramPeer peer)
    {
        var array = pool.Rent(datagram.Length);
        datagram.Bytes.CopyTo(array);
        return new(new(array, 0, datagram.Length), peer);
    }

    private void Add(in QueuedDatagram datagram)
    {
        if (_idle.TryPop(out var handler))
        {
            Hand(datagram, handler);
            handler.End(outcome: true);
            return;
        }

        if (_queue.Count == options.QueueLength)
        {
            if (options.WhenFull == DatagramQueueFull.DropNewest)
            {
                Drop(datagram);
                return;
            }

            Drop(_queue.Dequeue());
        }

        _queue.Enqueue(datagram);
    }

    private void Hand(in QueuedDatagram datagram, DatagramWaiter handler)
    {
        handler.Datagram = datagram;
        statistics.CountReceived();
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask WaitToAddAsync(QueuedDatagram datagram, CancellationToken cancellationToken)
    {
        bool hasRoom;
        await using (cancellationToken.UnsafeRegister(static queue => ((DatagramQueue)queue!).CancelWait(), this).ConfigureAwait(false))
        {
            hasRoom = await _room.Task.ConfigureAwait(false);
        }

        lock (_gate)
        {
            if (hasRoom)
            {
                Add(datagram);
                return;
            }
        }

        Drop(datagram);
        throw new OperationCanceledException(cancellationToken);
    }

    private void CancelWait()
    {
        lock (_gate)
        {
            EndWaitForRoom(hasEnded: true, outcome: false);
        }
    }

    private void EndWaitForRoom(bool hasEnded, bool outcome)
    {
        if (_waitsForRoom && hasEnded)
        {
            _waitsForRoom = false;
            _room.End(outcome);
        }
    }

    private void Drop(in QueuedDatagram datagram)
    {
        statistics.CountDropped();
        Release(datagram);
    }
}
