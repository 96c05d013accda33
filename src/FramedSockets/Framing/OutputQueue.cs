using System.Buffers;
using System.IO.Pipelines;

namespace FramedSockets.Framing;

/// <summary>
/// The bounded queue between many senders and one <see cref="PipeWriter"/>. While no flush is in flight, frames are encoded
/// straight into the pipe; while one is, they gather beside it and leave with the next. Frames are whole and in order.
/// </summary>
/// <remarks>Thread-safe. Whoever holds the turn (<c>_busy</c>) owns the pipe; all else is under the lock.</remarks>
internal sealed class OutputQueue<THeader>
{
    private readonly object _gate = new();
    private readonly PipeWriter _output;
    private readonly FrameEncoder<THeader> _encoder;
    private readonly PooledBufferWriter _beside;
    private readonly OutputWaiters<THeader> _waiters;
    private readonly OutputWaiters<THeader> _flushers;
    private readonly FlushLoop _flushes;
    private readonly Action<FramedSocketException>? _onFailed;
    private readonly int _most;
    private FramedSocketException? _failure;
    private long _queued;
    private long _inFlight;
    private long _left;
    private bool _busy;
    private bool _inUse;
    private bool _completed;
    private bool _ended;
    private bool _endsLater;

    public OutputQueue(
        PipeWriter output, IHeaderCodec<THeader> codec, FrameLimits limits, int most, ArrayPool<byte> pool, Action<FramedSocketException>? onFailed)
    {
        _output = output;
        _encoder = new(codec, pool);
        _beside = new(pool);
        _waiters = new(_gate);
        _flushers = new(_gate);
        _flushes = new(output, Next, FailFlush);
        _onFailed = onFailed;
        _most = most;
        Limits = limits;
        Batch = new(output, this, new(codec, pool));
    }

    public FrameLimits Limits { get; set; }

    /// <summary>What the thread that handles a read batch sends.</summary>
    public OutputBatch<THeader> Batch { get; }

    /// <summary>The bytes that were accepted and have not left.</summary>
    public long QueuedLength => Volatile.Read(ref _queued) + Batch.Length;

    /// <summary>Whether senders have to wait.</summary>
    public bool IsFull => QueuedLength >= _most;

    /// <summary>Queues a frame if there is room, or if sending what is queued makes room at once.</summary>
    public bool TryAccept(in THeader header, ReadOnlySpan<byte> body)
    {
        MakeRoom();
        lock (_gate)
        {
            ThrowIfOver();
            if (!HasRoom)
            {
                return false;
            }

            _queued += _encoder.Write(Target, header, body, Limits);
            return true;
        }
    }

    /// <inheritdoc cref="TryAccept(in THeader, ReadOnlySpan{byte})"/>
    public bool TryAccept(in THeader header, in ReadOnlySequence<byte> body)
    {
        MakeRoom();
        lock (_gate)
        {
            ThrowIfOver();
            if (!HasRoom)
            {
                return false;
            }

            _queued += _encoder.Write(Target, header, body, Limits);
            return true;
        }
    }

    /// <summary>Queues a frame as soon as there is room.</summary>
    public ValueTask AcceptAsync(in THeader header, in ReadOnlySequence<byte> body, CancellationToken cancellationToken)
    {
        OutputWaiter<THeader> waiter;
        lock (_gate)
        {
            ThrowIfOver();
            if (HasRoom)
            {
                _queued += _encoder.Write(Target, header, body, Limits);
                return default;
            }

            waiter = _waiters.Enqueue(OutputWaiter<THeader>.Wish.Room, header, body);
        }

        Kick();
        return _waiters.WaitAsync(waiter, cancellationToken);
    }

    /// <summary>Waits for the pipe to oneself, to be given back with <see cref="Release"/>.</summary>
    public ValueTask AcquireAsync(CancellationToken cancellationToken)
    {
        OutputWaiter<THeader> waiter;
        lock (_gate)
        {
            ThrowIfOver();
            if (!_busy && _waiters.IsEmpty)
            {
                _busy = true;
                return default;
            }

            waiter = _waiters.Enqueue(OutputWaiter<THeader>.Wish.Turn, default!, default);
        }

        Kick();
        return _waiters.WaitAsync(waiter, cancellationToken);
    }

    /// <summary>Encodes the header of a frame whose body the holder of the turn writes itself.</summary>
    public void WriteHead(in THeader header, in ReadOnlySequence<byte> body)
    {
        lock (_gate)
        {
            ThrowIfFailed();
            _queued += _encoder.WriteHead(_output, header, body, Limits);
        }
    }

    /// <inheritdoc cref="WriteHead(in THeader, in ReadOnlySequence{byte})"/>
    public void WriteHead(in THeader header, long bodyLength)
    {
        lock (_gate)
        {
            ThrowIfFailed();
            _queued += _encoder.WriteHead(_output, header, bodyLength, Limits);
        }
    }

    /// <summary>Ends the turn of a holder: one that sent a frame's body, so that its trailer is next, or one that wrote nothing.</summary>
    public void Release(bool sent)
    {
        try
        {
            lock (_gate)
            {
                // What was queued before, and the header, left with the body.
                _inFlight = sent ? _queued - _beside.Length : 0;
                if (sent && _failure is null)
                {
                    _queued += _encoder.WriteTrailer(_output);
                }
            }
        }
        catch (Exception e)
        {
            Fail(FlushLoop.Failure(e));
        }

        _flushes.GoOn();
    }

    /// <summary>Takes the turn if nobody has it or waits for it.</summary>
    public bool TryHold()
    {
        lock (_gate)
        {
            if (_busy || _failure is not null || !_waiters.IsEmpty)
            {
                return false;
            }

            return _busy = _inUse = true;
        }
    }

    /// <summary>Ends the turn of a holder that wrote whole frames, which now leave.</summary>
    public void ReleaseHold(long written)
    {
        lock (_gate)
        {
            _queued += _failure is null ? written : 0;
        }

        _flushes.GoOn();
    }

    /// <summary>The holder of the turn begins to use the pipe outside the lock: it is not completed under its hands.</summary>
    public void Use()
    {
        lock (_gate)
        {
            ThrowIfFailed();
            _inUse = true;
        }
    }

    /// <summary>The pipe is no longer in use; ends it where that was put off.</summary>
    public void EndUse()
    {
        lock (_gate)
        {
            _inUse = false;
            if (!_endsLater || _ended)
            {
                return;
            }

            _ended = true;
        }

        _output.Complete(_failure);
    }

    /// <summary>Sends what is queued, unless that is under way; never waits.</summary>
    public void Kick()
    {
        lock (_gate)
        {
            if (_busy || _queued == 0 || _failure is not null)
            {
                return;
            }

            _busy = _inUse = true;
            _inFlight = _queued;
        }

        _flushes.Run();
    }

    /// <summary>Sends what is queued and waits until the pipe has taken it. Others may queue more meanwhile.</summary>
    public ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        Kick();
        OutputWaiter<THeader> waiter;
        lock (_gate)
        {
            ThrowIfFailed();
            if (!_busy || _queued == 0)
            {
                return default;
            }

            waiter = _flushers.Enqueue(OutputWaiter<THeader>.Wish.Flush, default!, default);
            waiter.Mark = _left + _queued;
        }

        return _flushers.WaitAsync(waiter, cancellationToken);
    }

    /// <summary>Refuses further frames, sends what is queued, and ends the output; after a failure, ends it with that.</summary>
    public async ValueTask CompleteAsync(CancellationToken cancellationToken)
    {
        await DrainAsync(cancellationToken).ConfigureAwait(false);
        lock (_gate)
        {
            if (_ended || (_endsLater = _inUse))
            {
                return;
            }

            _ended = true;
        }

        await _output.CompleteAsync(_failure).ConfigureAwait(false);
    }

    /// <summary>Refuses further frames, also of those who wait already.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _completed = true;
            _waiters.Refuse(Completed());
        }
    }

    /// <summary>Ends the queue: everybody who waits, and everybody who comes, gets the first reason.</summary>
    public void Fail(FramedSocketException failure)
    {
        lock (_gate)
        {
            if (_failure is not null)
            {
                return;
            }

            _failure = failure;
            _beside.Clear();
            _queued = _inFlight = 0;
            _waiters.Refuse(failure);
            _flushers.Refuse(failure);
        }

        _onFailed?.Invoke(failure);
    }

    /// <summary>Throws the reason that ended the queue, if it ended.</summary>
    public void ThrowIfFailed()
    {
        if (Volatile.Read(ref _failure) is { } failure)
        {
            throw failure;
        }
    }

    private void MakeRoom()
    {
        if (IsFull)
        {
            Kick();
        }
    }

    private bool HasRoom => _queued < _most && _waiters.IsEmpty;

    private IBufferWriter<byte> Target => _busy ? _beside : _output;

    /// <summary>Throws where nothing can be sent any more.</summary>
    public void ThrowIfOver()
    {
        ThrowIfFailed();
        if (_completed)
        {
            throw Completed();
        }
    }

    private static InvalidOperationException Completed() => new("Sending was completed on this connection.");

    private ValueTask DrainAsync(CancellationToken cancellationToken)
    {
        Kick();
        OutputWaiter<THeader> waiter;
        lock (_gate)
        {
            _completed = true;
            if (!_busy || _failure is not null)
            {
                return default;
            }

            waiter = _waiters.Enqueue(OutputWaiter<THeader>.Wish.End, default!, default);
        }

        return _waiters.WaitAsync(waiter, cancellationToken);
    }

    private void FailFlush(FramedSocketException failure)
    {
        Fail(failure);
        EndUse();
    }

    /// <summary>Accounts for what has left, admits who waits, and says whether there is more to send. By the holder of the turn.</summary>
    private bool Next()
    {
        lock (_gate)
        {
            if (_failure is null)
            {
                _left += _inFlight;
                _queued -= _inFlight;
                _inFlight = 0;
                if (_beside.Length > 0)
                {
                    _output.Write(_beside.Written);
                    _beside.Clear();
                }

                if (!Admit())
                {
                    _inFlight = _queued;
                    _busy = _inUse = _queued > 0;
                    return _busy;
                }
            }
        }

        EndUse();
        return false;
    }

    /// <summary>Grants what can be granted, in order; says whether the turn was handed on.</summary>
    private bool Admit()
    {
        while (_flushers.TryPeek(out var flusher) && flusher.Mark <= _left)
        {
            _flushers.Grant();
        }

        while (_waiters.TryPeek(out var waiter) && TryGrant(waiter))
        {
            if (!waiter.IsOver)
            {
                _waiters.Grant();
                if (waiter.Kind == OutputWaiter<THeader>.Wish.Turn)
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>Whether the first waiter's wish can be met; takes its frame if that is the wish.</summary>
    private bool TryGrant(OutputWaiter<THeader> waiter)
    {
        if (waiter.Kind != OutputWaiter<THeader>.Wish.Room)
        {
            return waiter.Kind == OutputWaiter<THeader>.Wish.Turn || _queued == 0;
        }

        if (_queued > _most / 2)
        {
            return false;
        }

        try
        {
            _queued += _encoder.Write(_output, waiter.Header, waiter.Body, Limits);
        }
        catch (Exception e)
        {
            // The codec's refusal belongs to the sender whose frame it is.
            waiter.Refuse(e);
        }

        return true;
    }
}
