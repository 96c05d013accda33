using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

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
    private readonly Queue<OutputWaiter<THeader>> _waiters = new();
    private readonly Action _onFlushed;
    private readonly Action<FramedSocketException>? _onFailed;
    private readonly int _most;
    private ConfiguredValueTaskAwaitable<FlushResult>.ConfiguredValueTaskAwaiter _flush;
    private OutputWaiter<THeader>? _spare;
    private FramedSocketException? _failure;
    private long _queued;
    private long _inFlight;
    private bool _busy;
    private bool _completed;
    private int _ended;

    public OutputQueue(
        PipeWriter output, IHeaderCodec<THeader> codec, FrameLimits limits, int most, ArrayPool<byte> pool, Action<FramedSocketException>? onFailed)
    {
        _output = output;
        _encoder = new(codec, pool);
        _beside = new(pool);
        _onFlushed = OnFlushed;
        _onFailed = onFailed;
        _most = most;
        Limits = limits;
    }

    public FrameLimits Limits { get; set; }

    /// <summary>The bytes that were accepted and have not left.</summary>
    public long QueuedLength => Volatile.Read(ref _queued);

    /// <summary>Whether senders have to wait.</summary>
    public bool IsFull => QueuedLength >= _most;

    /// <summary>Queues a frame if there is room.</summary>
    public bool TryAccept(in THeader header, ReadOnlySpan<byte> body)
    {
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

            waiter = Enqueue(OutputWaiter<THeader>.Wish.Room, header, body);
        }

        Kick();
        return WaitAsync(waiter, cancellationToken);
    }

    /// <summary>Waits for the pipe to oneself, to be given back with <see cref="Release"/>.</summary>
    public ValueTask AcquireAsync(CancellationToken cancellationToken)
    {
        OutputWaiter<THeader> waiter;
        lock (_gate)
        {
            ThrowIfOver();
            if (!_busy && _waiters.Count == 0)
            {
                _busy = true;
                return default;
            }

            waiter = Enqueue(OutputWaiter<THeader>.Wish.Turn, default!, default);
        }

        Kick();
        return WaitAsync(waiter, cancellationToken);
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
        bool more;
        lock (_gate)
        {
            // What was queued before, and the header, left with the body.
            _inFlight = sent ? _queued - _beside.Length : 0;
            if (sent && _failure is null)
            {
                _queued += _encoder.WriteTrailer(_output);
            }

            more = Next();
        }

        if (more)
        {
            Pump();
        }
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

            _busy = true;
            _inFlight = _queued;
        }

        Pump();
    }

    /// <summary>Sends what is queued and waits until the pipe has taken it.</summary>
    public ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        Kick();
        OutputWaiter<THeader> waiter;
        lock (_gate)
        {
            ThrowIfFailed();
            if (!_busy)
            {
                return default;
            }

            waiter = Enqueue(OutputWaiter<THeader>.Wish.Flush, default!, default);
        }

        return WaitAsync(waiter, cancellationToken);
    }

    /// <summary>Refuses further frames, sends what is queued, and ends the output; after a failure, ends it with that.</summary>
    public async ValueTask CompleteAsync(CancellationToken cancellationToken)
    {
        bool failed;
        lock (_gate)
        {
            _completed = true;
            failed = _failure is not null;
        }

        if (!failed)
        {
            await FlushAsync(cancellationToken).ConfigureAwait(false);
        }

        if (Interlocked.Exchange(ref _ended, 1) == 0)
        {
            await _output.CompleteAsync(_failure).ConfigureAwait(false);
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
            while (_waiters.TryDequeue(out var waiter))
            {
                if (!waiter.IsOver)
                {
                    waiter.Refuse(failure);
                }
            }
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

    private bool HasRoom => _queued < _most && _waiters.Count == 0;

    private IBufferWriter<byte> Target => _busy ? _beside : _output;

    private void ThrowIfOver()
    {
        ThrowIfFailed();
        if (_completed)
        {
            throw new InvalidOperationException("Sending was completed on this connection.");
        }
    }

    private OutputWaiter<THeader> Enqueue(OutputWaiter<THeader>.Wish kind, in THeader header, in ReadOnlySequence<byte> body)
    {
        var waiter = _spare ?? new();
        _spare = null;
        waiter.Begin(kind, header, body);
        _waiters.Enqueue(waiter);
        return waiter;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask WaitAsync(OutputWaiter<THeader> waiter, CancellationToken cancellationToken)
    {
        await using (cancellationToken.UnsafeRegister(
            static (state, token) =>
            {
                var (queue, waiter) = ((OutputQueue<THeader>, OutputWaiter<THeader>))state!;
                queue.Cancel(waiter, token);
            },
            cancellationToken.CanBeCanceled ? (this, waiter) : null).ConfigureAwait(false))
        {
            await waiter.Task.ConfigureAwait(false);
        }

        // Only a waiter that was granted has left the queue for certain.
        lock (_gate)
        {
            _spare = waiter;
        }
    }

    private void Cancel(OutputWaiter<THeader> waiter, CancellationToken token)
    {
        lock (_gate)
        {
            if (!waiter.IsOver)
            {
                waiter.Refuse(new OperationCanceledException(token));
            }
        }
    }

    private void OnFlushed()
    {
        if (EndFlush())
        {
            Pump();
        }
    }

    private void Pump()
    {
        do
        {
            try
            {
#pragma warning disable CA2012 // the one flush in flight is awaited by hand: a callback costs no allocation
                _flush = _output.FlushAsync().ConfigureAwait(false).GetAwaiter();
#pragma warning restore CA2012
            }
            catch (Exception e)
            {
                // Whatever a pipe throws ends the connection, with that as its reason.
                Fail(Failure(e));
                return;
            }

            if (!_flush.IsCompleted)
            {
                _flush.UnsafeOnCompleted(_onFlushed);
                return;
            }
        }
        while (EndFlush());
    }

    /// <summary>Ends a flush; says whether there is more to send.</summary>
    private bool EndFlush()
    {
        try
        {
#pragma warning disable VSTHRD002 // it has completed
            if (_flush.GetResult().IsCompleted)
#pragma warning restore VSTHRD002
            {
                Fail(NotTaken());
                return false;
            }
        }
        catch (Exception e)
        {
            Fail(Failure(e));
            return false;
        }

        lock (_gate)
        {
            return Next();
        }
    }

    /// <summary>Accounts for what has left, admits who waits, and says whether there is more to send. Under the lock, by the holder of the turn.</summary>
    private bool Next()
    {
        if (_failure is not null)
        {
            return false;
        }

        _queued -= _inFlight;
        _inFlight = 0;
        if (_beside.Length > 0)
        {
            _output.Write(_beside.Written);
            _beside.Clear();
        }

        while (_waiters.TryPeek(out var waiter) && (waiter.IsOver || TryGrant(waiter)))
        {
            _ = _waiters.Dequeue();
            if (waiter is { IsOver: false })
            {
                waiter.Grant();
                if (waiter.Kind == OutputWaiter<THeader>.Wish.Turn)
                {
                    return false;
                }
            }
        }

        _inFlight = _queued;
        _busy = _queued > 0;
        return _busy;
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

    /// <summary>The exception for a peer that no longer reads.</summary>
    public static FramedSocketException NotTaken() => new(FramedSocketError.ConnectionReset, "The peer no longer takes bytes.");

    /// <summary>The exception for what a pipe threw.</summary>
    public static FramedSocketException Failure(Exception e) => e as FramedSocketException
        ?? new(FramedSocketError.TransportFailed, $"The transport failed with {e.GetType().Name}.", e);
}
