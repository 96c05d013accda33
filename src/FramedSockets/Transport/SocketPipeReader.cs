using System.IO.Pipelines;
using System.Net.Sockets;
using System.Threading.Tasks.Sources;

namespace FramedSockets.Transport;

/// <summary>
/// A <see cref="PipeReader"/> that receives when it is read: no receive loop, no second buffer. An idle connection waits
/// without a buffer; a busy one reads into one contiguous block, which grows with what arrives and not with what is declared.
/// </summary>
/// <remarks>
/// As every pipe reader: one caller at a time, but <see cref="CancelPendingRead"/> from any thread. A cancelled wait leaves
/// the socket's operation in flight; the next read takes up its result, so nothing is lost.
/// </remarks>
internal sealed class SocketPipeReader : PipeReader, IValueTaskSource<ReadResult>, IThreadPoolWorkItem, ISocketOperationOwner, IDisposable
{
    /// <summary>Reads in a row that complete at once before others get the thread: one busy peer must not starve the rest.</summary>
    private const int SynchronousReads = 8;

    /// <summary>The same, in bytes.</summary>
    private const int SynchronousBytes = 256 * 1024;

    private readonly SocketReceive _receive;
    private readonly ReceiveBuffer _buffer;
    private ManualResetValueTaskSourceCore<ReadResult> _core;
    private CancellationTokenRegistration _registration;
    private PendingRead _pending;
    private int _cancelled;
    private int _inARow;
    private int _bytesInARow;
    private int _minimum;
    private bool _isYield;
    private CancellationToken _token;
    private bool _completed;

    public SocketPipeReader(Socket socket, SocketTransportOptions options)
    {
        _receive = new(socket, options, this);
        _buffer = _receive.Buffer;
    }

    /// <summary>Whether the peer's end of the stream was seen.</summary>
    public bool IsAtEnd => _receive.IsAtEnd;

    /// <summary>All bytes received, and the memory held for them. Any thread.</summary>
    public (long Received, long Held) Counts => (_receive.Received, _buffer.Capacity);

    public override void AdvanceTo(SequencePosition consumed) => _buffer.Advance(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => _buffer.Advance(consumed, examined);

    public override bool TryRead(out ReadResult result)
    {
        ThrowIfCompleted();
        if (_buffer.HasUnexamined || _receive.IsAtEnd || Volatile.Read(ref _cancelled) != 0)
        {
            result = TakeResult();
            return true;
        }

        result = default;
        return false;
    }

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) => ReadAsync(1, cancellationToken);

    protected override ValueTask<ReadResult> ReadAtLeastAsyncCore(int minimumSize, CancellationToken cancellationToken) =>
        ReadAsync(minimumSize, cancellationToken);

    public override void CancelPendingRead()
    {
        // A read that only lets others go first looks at the socket once more before it ends, and then sees this.
        _ = Interlocked.Exchange(ref _cancelled, 1);
        if (!_isYield && _pending.TryTakeReader())
        {
            // Whoever cancels does not run the reader's code: it may hold a lock, or have others to cancel.
            _core.RunContinuationsAsynchronously = true;
            _core.SetResult(TakeResult());
        }
    }

    public override void Complete(Exception? exception = null)
    {
        if (!_completed)
        {
            _completed = true;
            if (!_pending.Close())
            {
                // Otherwise the operation in flight may still write to it; it gives it back when it ends.
                _buffer.Free();
            }
        }
    }

    public void Dispose() => _receive.Dispose();

    public ReadResult GetResult(short token)
    {
        _registration.Dispose();
        _registration = default;
        return _core.GetResult(token);
    }

    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    /// <summary>Goes on after giving others the thread.</summary>
    void IThreadPoolWorkItem.Execute() => OnArrived();

    void ISocketOperationOwner.OnOperationCompleted() => OnArrived();

    private ValueTask<ReadResult> ReadAsync(int minimum, CancellationToken cancellationToken)
    {
        ThrowIfCompleted();
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<ReadResult>(cancellationToken);
        }

        _minimum = minimum;
        _token = cancellationToken;
        if (_buffer.HasUnexamined && _buffer.Length >= minimum)
        {
            return new(TakeResult());
        }

        _core.Reset();
        _core.RunContinuationsAsynchronously = false;
        if (Pull())
        {
            return GetFailure() is { } failure ? ValueTask.FromException<ReadResult>(failure) : new(TakeResult());
        }

        if (cancellationToken.CanBeCanceled)
        {
            _registration = cancellationToken.UnsafeRegister(static (reader, token) => ((SocketPipeReader)reader!).Cancel(token), this);
        }

        return new(this, _core.Version);
    }

    /// <summary>Receives until there is a result (true), or until the reader has to wait (false).</summary>
    private bool Pull()
    {
        while (true)
        {
            if (!_pending.IsIdle || Start())
            {
                switch (_pending.Wait())
                {
                    case PendingRead.Outcome.Waits:
                        // A cancellation that came just before saw nobody waiting.
                        return (Volatile.Read(ref _cancelled) != 0 || _token.IsCancellationRequested) && _pending.TryTakeReader();
                    case PendingRead.Outcome.IsClosed:
                        _receive.Abort();
                        return true;
                    default:
                        break;
                }
            }

            if (Take())
            {
                return true;
            }
        }
    }

    /// <summary>Starts the next operation; false when there is none to wait for.</summary>
    private bool Start()
    {
        if (_receive.IsOver)
        {
            return false;
        }

        _isYield = (++_inARow > SynchronousReads || _bytesInARow >= SynchronousBytes) && Volatile.Read(ref _cancelled) == 0;
        if (_isYield)
        {
            _inARow = _bytesInARow = 0;
            _pending.Begin();
            return ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }

        _pending.Begin();
        if (_receive.Begin(_minimum))
        {
            return true;
        }

        if (!_pending.TryEndAtOnce())
        {
            Abandon();
        }

        return false;
    }

    /// <summary>Takes what the operation brought; says whether the reader has its result.</summary>
    private bool Take()
    {
        if (_isYield)
        {
            _isYield = false;
            return false;
        }

        _bytesInARow += _receive.End();
        return _receive.IsOver || (_buffer.HasUnexamined && _buffer.Length >= _minimum);
    }

    /// <summary>The operation in flight has ended.</summary>
    private void OnArrived()
    {
        if (!_pending.TryArrive(out var isClosed))
        {
            if (isClosed)
            {
                Abandon();
            }

            return;
        }

        _inARow = _bytesInARow = 0;
        if (!Take() && !Pull())
        {
            return;
        }

        if (GetFailure() is { } failure)
        {
            _core.SetException(failure);
        }
        else
        {
            _core.SetResult(TakeResult());
        }
    }

    /// <summary>The reader was completed while an operation was in flight, which has now ended.</summary>
    private void Abandon()
    {
        _buffer.Free();
        _receive.Abort();
    }

    private void Cancel(CancellationToken token)
    {
        if (_pending.TryTakeReader())
        {
            _core.RunContinuationsAsynchronously = true;
            _core.SetException(new OperationCanceledException(token));
        }
    }

    /// <summary>Why a read that has ended has no result, if so.</summary>
    private Exception? GetFailure() => _receive.Failure is { } failure ? failure
        : _token.IsCancellationRequested && !_receive.IsAtEnd && !_buffer.HasUnexamined && Volatile.Read(ref _cancelled) == 0
            ? new OperationCanceledException(_token)
            : null;

    private ReadResult TakeResult() =>
        new(_buffer.Lend(), isCanceled: Interlocked.Exchange(ref _cancelled, 0) != 0, isCompleted: _receive.IsAtEnd);

    private void ThrowIfCompleted()
    {
        if (_completed)
        {
            throw new InvalidOperationException("Reading is not allowed after the reader was completed.");
        }
    }
}
