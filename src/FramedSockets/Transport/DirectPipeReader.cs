using System.Buffers;
using System.IO.Pipelines;
using System.Threading.Tasks.Sources;

namespace FramedSockets.Transport;

/// <summary>
/// A <see cref="PipeReader"/> that receives when it is read: no receive loop, no second buffer. How bytes are waited for and
/// received is the rest of it.
/// </summary>
/// <param name="block">Where bytes are received.</param>
/// <remarks>As every pipe reader: one caller at a time, but <see cref="CancelPendingRead"/> from any thread.</remarks>
internal abstract class DirectPipeReader(ReceiveBlock block) : PipeReader, IValueTaskSource<ReadResult>
{
    private ManualResetValueTaskSourceCore<ReadResult> _core;
    private CancellationTokenRegistration _registration;
    private CancellationToken _token;
    private ReceiveBlock _block = block;
    private int _cancelled;
    private bool _completed;

    /// <summary>Whether the peer's end of the stream was seen.</summary>
    public abstract bool IsAtEnd { get; }

    /// <summary>The memory held for what was received. Any thread.</summary>
    public long HeldLength => _block.Capacity;

    /// <summary>Where bytes are received.</summary>
    protected ref ReceiveBlock Block => ref _block;

    /// <summary>The bytes that the read asks for.</summary>
    protected int Minimum { get; private set; }

    /// <summary>Whether what is held is a result.</summary>
    protected bool HasEnough => _block.HasUnexamined && _block.Length >= Minimum;

    /// <summary>Whether <see cref="CancelPendingRead"/> was called since the last result.</summary>
    protected bool IsCancelled => Volatile.Read(ref _cancelled) != 0;

    /// <summary>Whether the read's token was cancelled.</summary>
    protected bool IsTokenCancelled => _token.IsCancellationRequested;

    public sealed override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public sealed override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        if (_block.Advance(consumed, examined))
        {
            OnConsumed();
        }
    }

    public sealed override bool TryRead(out ReadResult result)
    {
        ThrowIfCompleted();
        if (_block.HasUnexamined || IsAtEnd || IsCancelled)
        {
            result = ToResult(_block.Lend());
            return true;
        }

        result = default;
        return false;
    }

    public sealed override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfCompleted();
        return ReceiveAsync(1, cancellationToken);
    }

    protected sealed override ValueTask<ReadResult> ReadAtLeastAsyncCore(int minimumSize, CancellationToken cancellationToken)
    {
        ThrowIfCompleted();
        return ReceiveAsync(minimumSize, cancellationToken);
    }

    public sealed override void CancelPendingRead()
    {
        _ = Interlocked.Exchange(ref _cancelled, 1);
        Wake();
    }

    /// <summary>There may be a reason for the read that waits to end; without one it waits on. Any thread.</summary>
    public void Wake() => EndWait(null);

    public sealed override void Complete(Exception? exception = null)
    {
        if (!_completed)
        {
            _completed = true;
            Close();
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

    /// <summary>All that is held is consumed.</summary>
    protected virtual void OnConsumed() => _block.Free();

    /// <summary>Receives until there is an outcome (true), or until the reader has to wait (false).</summary>
    protected abstract bool Begin();

    /// <summary>Ends the wait, if there is one, from another thread: whose own code the reader's does not run in.</summary>
    /// <param name="reason">Why; <see langword="null"/> where the reader finds that itself.</param>
    protected abstract void EndWait(Exception? reason);

    /// <summary>Why a read that has ended has no result, if so; a reason that was given comes first.</summary>
    protected abstract Exception? End(Exception? reason);

    /// <summary>The reader was completed: gives the block back, as soon as nothing is received into it.</summary>
    protected abstract void Close();

    /// <summary>The reader who waits has his outcome.</summary>
    /// <param name="reason">Why the wait was ended, if it was.</param>
    /// <param name="isElsewhere">Whether his code must not run in here.</param>
    protected void Deliver(Exception? reason, bool isElsewhere)
    {
        _core.RunContinuationsAsynchronously = isElsewhere;

        // Before the end: behind it, completing the reader gives the block back.
        var bytes = _block.Lend();
        if (End(reason) is { } failure)
        {
            _core.SetException(failure);
        }
        else
        {
            _core.SetResult(ToResult(bytes));
        }
    }

    /// <summary>The reader who waits has his outcome, in which there are no bytes: what is received into is no longer his.</summary>
    protected void DeliverNothing(Exception reason)
    {
        _core.RunContinuationsAsynchronously = true;
        _core.SetException(reason);
    }

    /// <summary>The token's cancellation, where a read that was cancelled has not what it asked for.</summary>
    protected OperationCanceledException? GetCancellation() =>
        IsTokenCancelled && !IsAtEnd && !HasEnough && !IsCancelled ? new(_token) : null;

    /// <summary>Receives what is asked for.</summary>
    private ValueTask<ReadResult> ReceiveAsync(int minimum, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<ReadResult>(cancellationToken);
        }

        Minimum = minimum;
        _token = cancellationToken;
        if (HasEnough)
        {
            return new(ToResult(_block.Lend()));
        }

        _core.Reset();
        if (Begin())
        {
            var bytes = _block.Lend();
            return End(null) is { } failure ? ValueTask.FromException<ReadResult>(failure) : new(ToResult(bytes));
        }

        if (cancellationToken.CanBeCanceled)
        {
            _registration = cancellationToken.UnsafeRegister(
                static (reader, token) => ((DirectPipeReader)reader!).EndWait(new OperationCanceledException(token)), this);
        }

        return new(this, _core.Version);
    }

    private ReadResult ToResult(in ReadOnlySequence<byte> bytes) =>
        new(bytes, isCanceled: IsCancelled && Interlocked.Exchange(ref _cancelled, 0) != 0, isCompleted: IsAtEnd);

    private void ThrowIfCompleted()
    {
        if (_completed)
        {
            throw new InvalidOperationException("Reading is not allowed after the reader was completed.");
        }
    }
}
