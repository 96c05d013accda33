using System.IO.Pipelines;

namespace FramedSockets.Testing;

/// <summary>
/// An output under a test's control: it takes so many bytes and then none until it is told to, or fails. It also notices when it is
/// used as no pipe may be.
/// </summary>
/// <remarks>Thread-safe, but as with every pipe one caller at a time writes.</remarks>
public sealed class ScriptedWriter : PipeWriter
{
    private readonly object _gate = new();
    private readonly PooledBufferWriter _pending;
    private readonly ScriptedOutput _output;
    private TaskCompletionSource<FlushResult>? _blocked;
    private Exception? _failure;
    private bool _isMisused;
    private bool _isCanceled;

    /// <summary>Creates the output.</summary>
    /// <param name="options">The options; <see cref="MemoryConnectionOptions.Default"/> when <see langword="null"/>. Of them only the pool counts here.</param>
    public ScriptedWriter(MemoryConnectionOptions? options = null)
    {
        options ??= MemoryConnectionOptions.Default;
        _pending = new(options.Pool);
        _output = new(options.Capacity);
    }

    /// <summary>How many bytes left.</summary>
    public long TakenLength
    {
        get
        {
            lock (_gate)
            {
                return _output.TakenLength;
            }
        }
    }

    /// <summary>How many flushes had something to send.</summary>
    public int Flushes { get; private set; }

    /// <summary>Whether the writer is done with it.</summary>
    public bool IsCompleted { get; private set; }

    /// <summary>What the writer completed it with.</summary>
    public Exception? CompletedWith { get; private set; }

    /// <summary>Whether it was used while a flush was under way, or after its completion.</summary>
    public bool WasMisused
    {
        get
        {
            lock (_gate)
            {
                return _isMisused;
            }
        }
    }

    /// <summary>Thrown when memory is asked for, if set.</summary>
    public Exception? MemoryFailure { get; set; }

    /// <summary>Told, without any lock, that the script cuts the connection off.</summary>
    internal Action<FramedSocketException>? CutOff { get; set; }

    /// <summary>Sends to a peer from now on.</summary>
    internal void SendTo(ScriptedReader peer, LinkScript? script) => (_output.Peer, _output.Script) = (peer, script);

    /// <summary>The bytes that left; none where there is a peer, who has them.</summary>
    /// <returns>A copy.</returns>
    public byte[] GetTaken()
    {
        lock (_gate)
        {
            return [.. _output.Taken];
        }
    }

    /// <summary>The bytes that were written and not yet flushed.</summary>
    /// <returns>A copy.</returns>
    public byte[] GetWritten() => _pending.Written.ToArray();

    /// <summary>Takes so many bytes from now on, and then none: the flush that has more waits.</summary>
    /// <param name="bytes">How many; 0 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="bytes"/> is negative.</exception>
    public void StallAfter(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        lock (_gate)
        {
            _output.Room = bytes;
        }

        Move();
    }

    /// <summary>Takes everything from now on, beginning with what waits.</summary>
    public void Resume() => StallAfter(long.MaxValue);

    /// <summary>Fails the flush that waits, and each later one.</summary>
    /// <param name="failure">What is thrown; transports throw <see cref="FramedSocketException"/>.</param>
    public void Fail(Exception failure)
    {
        ArgumentNullException.ThrowIfNull(failure);
        TaskCompletionSource<FlushResult>? blocked;
        lock (_gate)
        {
            _failure ??= failure;
            _output.Discard();
            (blocked, _blocked) = (_blocked, null);
        }

        _ = blocked?.TrySetException(failure);
    }

    /// <inheritdoc/>
    public override void Advance(int bytes) => _pending.Advance(bytes);

    /// <inheritdoc/>
    public override Memory<byte> GetMemory(int sizeHint = 0) => Checked().GetMemory(sizeHint);

    /// <inheritdoc/>
    public override Span<byte> GetSpan(int sizeHint = 0) => Checked().GetSpan(sizeHint);

    /// <inheritdoc/>
    /// <remarks>The token is looked at before anything is sent only: what was given to a network cannot be taken back.</remarks>
    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        TaskCompletionSource<FlushResult> blocked;
        lock (_gate)
        {
            _isMisused |= IsCompleted || _blocked is not null;
            if (_failure is not null)
            {
                _pending.Clear();
                return ValueTask.FromException<FlushResult>(_failure);
            }

            if (cancellationToken.IsCancellationRequested)
            {
                return ValueTask.FromCanceled<FlushResult>(cancellationToken);
            }

            var atOnce = new FlushResult(_isCanceled, isCompleted: false);
            _isCanceled = false;
            if (_pending.Length == 0)
            {
                return new(atOnce);
            }

            Flushes++;
            _output.Add(_pending.Written);
            _pending.Clear();
            blocked = new(TaskCreationOptions.RunContinuationsAsynchronously);
            if (atOnce.IsCanceled)
            {
                blocked.SetResult(atOnce);
            }
            else
            {
                _blocked = blocked;
            }
        }

        Move();
        return new(blocked.Task);
    }

    /// <summary>Ends the wait of a flush, or of the next one where none waits; its bytes are on their way all the same.</summary>
    public override void CancelPendingFlush()
    {
        TaskCompletionSource<FlushResult>? blocked;
        lock (_gate)
        {
            _isCanceled = _blocked is null;
            (blocked, _blocked) = (_blocked, null);
        }

        _ = blocked?.TrySetResult(new(isCanceled: true, isCompleted: false));
    }

    /// <inheritdoc/>
    public override void Complete(Exception? exception = null)
    {
        lock (_gate)
        {
            _isMisused |= _blocked is not null;
            if (IsCompleted)
            {
                return;
            }

            (IsCompleted, CompletedWith) = (true, exception);
            _pending.Clear();
        }

        if (exception is null)
        {
            End();
        }
    }

    /// <summary>Sends what was written, unless there is an exception, and completes.</summary>
    /// <param name="exception">Why nothing more is written, if it is a failure.</param>
    /// <returns>A task that ends when the output is completed.</returns>
    public override async ValueTask CompleteAsync(Exception? exception = null)
    {
        if (exception is null && !IsCompleted && _blocked is null && _pending.Length > 0)
        {
            try
            {
                _ = await FlushAsync().ConfigureAwait(false);
            }
            catch (Exception e)
            {
                Complete(e);
                throw;
            }
        }

        Complete(exception);
    }

    /// <summary>The end of the stream follows what is on its way.</summary>
    internal void End()
    {
        lock (_gate)
        {
            _output.End();
        }

        Move();
    }

    /// <summary>Moves what there is room for. Called without any lock: whoever it wakes may go on here.</summary>
    internal void Move()
    {
        TaskCompletionSource<FlushResult>? blocked = null;
        FramedSocketException? cut = null;
        bool isEnd;
        lock (_gate)
        {
            _output.Take();
            if (_output.IsToBeCut && _failure is null)
            {
                cut = _output.Script!.Cut(_output.TakenLength);
            }
            else if (_output.IsEmpty)
            {
                (blocked, _blocked) = (_blocked, null);
            }

            isEnd = cut is null && _output.TryEnd();
        }

        _output.Wake(isEnd);
        _ = blocked?.TrySetResult(default);
        if (cut is not null)
        {
            CutOff!(cut);
        }
    }

    private PooledBufferWriter Checked()
    {
        lock (_gate)
        {
            _isMisused |= IsCompleted || _blocked is not null;
        }

        return MemoryFailure is null ? _pending : throw MemoryFailure;
    }
}
