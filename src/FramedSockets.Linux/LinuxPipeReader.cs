using System.IO.Pipelines;
using System.Threading.Tasks.Sources;
using FramedSockets.Transport;

namespace FramedSockets.Linux;

/// <summary>
/// A <see cref="PipeReader"/> that receives when it is read, and waits for the loop to say that bytes are there. It owns a
/// block only while bytes are in it.
/// </summary>
/// <remarks>As every pipe reader: one caller at a time, but <see cref="CancelPendingRead"/> and <see cref="Abort"/> from any thread.</remarks>
internal sealed class LinuxPipeReader(ConnectedSocket socket, SocketTransportOptions options) : PipeReader, IValueTaskSource<ReadResult>, IThreadPoolWorkItem
{
    /// <summary>Receives in a row before others get the thread: one busy peer must not starve the rest.</summary>
    private const int ReceivesInARow = 8;

    /// <summary>The same, in bytes.</summary>
    private const int BytesInARow = 256 * 1024;

    /// <summary>The connections of a loop take turns with the same block, so it need not be small.</summary>
    private const int SmallBlock = 64 * 1024;

    private const int Unused = 0;
    private const int Reading = 1;
    private const int Abandoned = 2;

    private ReceiveBlock _block = new(options.Pool, Math.Min(SmallBlock, options.ReceiveBufferLength), options.ReceiveBufferLength);
    private ManualResetValueTaskSourceCore<ReadResult> _core;
    private CancellationTokenRegistration _registration;
    private CancellationToken _token;
    private Readiness _readiness;
    private int _use;
    private int _cancelled;
    private int _minimum;
    private int _receives;
    private int _bytes;
    private long _received;
    private volatile bool _hasPeerEnded;
    private FramedSocketException? _failure;
    private bool _completed;

    /// <summary>Whether the peer's end of the stream was seen.</summary>
    public bool IsAtEnd { get; private set; }

    /// <summary>All bytes received, and the memory held for them. Any thread.</summary>
    public (long Received, long Held) Counts => (Volatile.Read(ref _received), _block.Capacity);

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        if (_block.Advance(consumed, examined))
        {
            _block.Free();
        }
    }

    public override bool TryRead(out ReadResult result)
    {
        ThrowIfCompleted();
        if (_block.HasUnexamined || IsAtEnd || Volatile.Read(ref _cancelled) != 0)
        {
            result = TakeResult();
            return true;
        }

        result = default;
        return false;
    }

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfCompleted();
        return ReceiveAsync(1, cancellationToken);
    }

    protected override ValueTask<ReadResult> ReadAtLeastAsyncCore(int minimumSize, CancellationToken cancellationToken)
    {
        ThrowIfCompleted();
        return ReceiveAsync(minimumSize, cancellationToken);
    }

    public override void CancelPendingRead()
    {
        _ = Interlocked.Exchange(ref _cancelled, 1);
        EndWait(null);
    }

    public override void Complete(Exception? exception = null)
    {
        if (!_completed)
        {
            _completed = true;
            if (Interlocked.CompareExchange(ref _use, Abandoned, Reading) == Reading)
            {
                // Whoever is reading still uses the block, and gives it back.
                EndWait(SocketFailure.Aborted());
            }
            else
            {
                _block.Free();
            }
        }
    }

    /// <summary>Throws away what still arrives, until the end of the stream. After <see cref="Complete"/>.</summary>
    public async ValueTask DrainAsync(CancellationToken cancellationToken)
    {
        while (!IsAtEnd && Volatile.Read(ref _use) == Unused)
        {
            _ = await ReceiveAsync(1, cancellationToken).ConfigureAwait(false);
            _block.Free();
        }
    }

    /// <summary>The connection was aborted: a read that waits fails.</summary>
    public void Abort() => EndWait(null);

    /// <summary>Bytes, the end of the stream or an error are there. On the loop's thread.</summary>
    /// <param name="isLast">Whether it is the end or an error, of which there is no further event.</param>
    public void OnReadable(bool isLast)
    {
        if (isLast)
        {
            _hasPeerEnded = true;
        }

        if (_readiness.Signal())
        {
            socket.Run(this);
        }
    }

    /// <summary>Goes on after an event, or after letting others go first.</summary>
    void IThreadPoolWorkItem.Execute()
    {
        _receives = _bytes = 0;
        if (Pull(isResumed: true))
        {
            Deliver(null);
        }
    }

    ReadResult IValueTaskSource<ReadResult>.GetResult(short token)
    {
        _registration.Dispose();
        _registration = default;
        return _core.GetResult(token);
    }

    ValueTaskSourceStatus IValueTaskSource<ReadResult>.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource<ReadResult>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    private ValueTask<ReadResult> ReceiveAsync(int minimum, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<ReadResult>(cancellationToken);
        }

        _minimum = minimum;
        _token = cancellationToken;
        if (_block.HasUnexamined && _block.Length >= minimum)
        {
            return new(TakeResult());
        }

        _core.Reset();
        _core.RunContinuationsAsynchronously = false;
        Volatile.Write(ref _use, Reading);
        if (Pull(isResumed: false))
        {
            var failure = Leave() ?? GetFailure();
            return failure is null ? new(TakeResult()) : ValueTask.FromException<ReadResult>(failure);
        }

        if (cancellationToken.CanBeCanceled)
        {
            _registration = cancellationToken.UnsafeRegister(
                static (reader, token) => ((LinuxPipeReader)reader!).EndWait(new OperationCanceledException(token)), this);
        }

        return new(this, _core.Version);
    }

    /// <summary>Receives until there is an outcome (true), or until the reader waits or lets others go first (false).</summary>
    /// <param name="isResumed">Whether something was reported that no receive has looked for yet.</param>
    private bool Pull(bool isResumed)
    {
        try
        {
            while (!HasOutcome)
            {
                if (!isResumed && !_readiness.IsReady)
                {
                    _block.Shrink();
                    if (_readiness.TryWait())
                    {
                        // What came just before, to end the wait, saw nobody waiting.
                        return (HasOutcome || _token.IsCancellationRequested || Volatile.Read(ref _use) != Reading) && _readiness.TryTake();
                    }
                }

                if (_receives == ReceivesInARow || _bytes >= BytesInARow)
                {
                    _receives = _bytes = 0;
                    socket.RunLater(this);
                    return false;
                }

                if (_readiness.IsReady)
                {
                    _readiness.Clear();
                }

                isResumed = false;
                Receive();
            }

            if (isResumed)
            {
                _readiness.Keep();
            }
        }
        catch (Exception e)
        {
            // The pool has no memory; thrown on the loop, where nobody waits, the reader would never hear of it.
            _failure ??= new(FramedSocketError.TransportFailed, $"Receiving failed with {e.GetType().Name}.", e);
        }

        return true;
    }

    private bool HasOutcome => IsAtEnd || _failure is not null || socket.IsAborted || Volatile.Read(ref _cancelled) != 0
        || (_block.HasUnexamined && _block.Length >= _minimum);

    private void Receive()
    {
        _receives++;
        var count = socket.Receive(_block.GetRoom(_minimum).Span);
        if (count > 0)
        {
            _bytes += count;
            Volatile.Write(ref _received, _received + count);
            if (_block.Commit(count) || _hasPeerEnded || !socket.IsEmptyAfterShortReceive)
            {
                _readiness.Keep();
            }

            return;
        }

        if (_block.Length == 0)
        {
            _block.Free();
        }

        if (count == 0)
        {
            _failure = socket.FindReset();
            IsAtEnd = _failure is null;
        }
        else if (count != -Errno.TryAgain)
        {
            _failure = socket.Fail(-count);
        }
    }

    /// <summary>Ends the wait, if there is one, from another thread: whose own code the reader's does not run in.</summary>
    private void EndWait(Exception? failure)
    {
        if (_readiness.TryTake())
        {
            _core.RunContinuationsAsynchronously = true;
            Deliver(failure);
        }
    }

    private void Deliver(Exception? failure)
    {
        failure = Leave() ?? failure ?? GetFailure();
        if (failure is null)
        {
            _core.SetResult(TakeResult());
        }
        else
        {
            _core.SetException(failure);
        }
    }

    /// <summary>The reader no longer uses the block. It says if nobody else does either.</summary>
    private FramedSocketException? Leave()
    {
        if (Interlocked.CompareExchange(ref _use, Unused, Reading) == Reading)
        {
            return null;
        }

        _block.Free();
        return SocketFailure.Aborted();
    }

    /// <summary>Why a read that has ended has no result, if so.</summary>
    private Exception? GetFailure() => socket.IsAborted && !IsAtEnd ? SocketFailure.Aborted()
        : _failure is not null ? _failure
        : _token.IsCancellationRequested && !IsAtEnd && !_block.HasUnexamined && Volatile.Read(ref _cancelled) == 0
            ? new OperationCanceledException(_token)
            : null;

    private ReadResult TakeResult() => new(_block.Lend(), isCanceled: Volatile.Read(ref _cancelled) != 0 && Interlocked.Exchange(ref _cancelled, 0) != 0, isCompleted: IsAtEnd);

    private void ThrowIfCompleted()
    {
        if (_completed)
        {
            throw new InvalidOperationException("Reading is not allowed after the reader was completed.");
        }
    }
}
