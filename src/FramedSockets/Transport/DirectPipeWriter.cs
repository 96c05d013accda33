using System.Buffers;
using System.IO.Pipelines;
using System.Threading.Tasks.Sources;

namespace FramedSockets.Transport;

/// <summary>
/// A <see cref="PipeWriter"/> whose flush is one send, which is the rest of it. It owns pooled memory only while bytes wait; large
/// memory given to <see cref="WriteAsync"/> is sent from where it lies, together with what waits.
/// </summary>
/// <remarks>As every pipe writer: one caller at a time.</remarks>
internal abstract class DirectPipeWriter(ArrayPool<byte> pool) : PipeWriter, IValueTaskSource<FlushResult>
{
    private const int DirectThreshold = 16 * 1024;
    private readonly PooledBufferWriter _buffer = new(pool);
    private ManualResetValueTaskSourceCore<FlushResult> _core;
    private bool _completed;
    private volatile bool _isSending;

    public sealed override bool CanGetUnflushedBytes => true;

    public sealed override long UnflushedBytes => _buffer.Length;

    public sealed override void Advance(int bytes) => _buffer.Advance(bytes);

    public sealed override Memory<byte> GetMemory(int sizeHint = 0)
    {
        ThrowIfCompleted();
        return _buffer.GetMemory(sizeHint);
    }

    public sealed override Span<byte> GetSpan(int sizeHint = 0)
    {
        ThrowIfCompleted();
        return _buffer.GetSpan(sizeHint);
    }

    /// <summary>Sends what waits. Once begun, a send is not taken back: the token is looked at before it only.</summary>
    public sealed override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => SendAsync(default, cancellationToken);

    public sealed override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
    {
        if (source.Length >= DirectThreshold)
        {
            return SendAsync(source, cancellationToken);
        }

        this.Write(source.Span);
        return SendAsync(default, cancellationToken);
    }

    /// <summary>Does nothing: what was given to the socket cannot be taken back. Aborting the connection ends a pending flush.</summary>
    public sealed override void CancelPendingFlush()
    {
    }

    public sealed override void Complete(Exception? exception = null)
    {
        if (_completed)
        {
            return;
        }

        _completed = true;
        if (!_isSending)
        {
            // Otherwise the send that an abort is ending gives the memory back.
            _buffer.Clear();
        }

        if (exception is null)
        {
            ShutDown();
        }
    }

    /// <summary>Sends what waits, unless there is an exception or a send that an abort is ending, and completes.</summary>
    public sealed override ValueTask CompleteAsync(Exception? exception = null)
    {
        if (exception is null && !_completed && !_isSending && _buffer.Length > 0)
        {
            return FlushAndCompleteAsync();
        }

        Complete(exception);
        return default;
    }

    FlushResult IValueTaskSource<FlushResult>.GetResult(short token) => _core.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<FlushResult>.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource<FlushResult>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    /// <summary>Begins to send; true while it is pending.</summary>
    /// <param name="head">The bytes that wait.</param>
    /// <param name="body">More bytes, behind those.</param>
    protected abstract bool Begin(ReadOnlyMemory<byte> head, ReadOnlyMemory<byte> body);

    /// <summary>Lets go of what the send that has ended needed; says why it failed, if it did.</summary>
    protected abstract FramedSocketException? End();

    /// <summary>Says that nothing follows.</summary>
    protected abstract void ShutDown();

    /// <summary>A pending send has ended.</summary>
    /// <param name="isElsewhere">Whether the writer's code must not run in here.</param>
    protected void Deliver(bool isElsewhere)
    {
        _core.RunContinuationsAsynchronously = isElsewhere;
        if (Finish() is { } failure)
        {
            _core.SetException(failure);
        }
        else
        {
            _core.SetResult(default);
        }
    }

    private ValueTask<FlushResult> SendAsync(ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        ThrowIfCompleted();
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<FlushResult>(cancellationToken);
        }

        if (_buffer.Length == 0 && body.IsEmpty)
        {
            return new(default(FlushResult));
        }

        _core.Reset();
        var version = _core.Version;
        _isSending = true;
        if (Begin(_buffer.WrittenMemory, body))
        {
            return new(this, version);
        }

        return Finish() is { } failure ? ValueTask.FromException<FlushResult>(failure) : new(default(FlushResult));
    }

    private async ValueTask FlushAndCompleteAsync()
    {
        try
        {
            _ = await FlushAsync().ConfigureAwait(false);
        }
        catch (Exception e)
        {
            await CompleteAsync(e).ConfigureAwait(false);
            throw;
        }

        await CompleteAsync().ConfigureAwait(false);
    }

    private FramedSocketException? Finish()
    {
        var failure = End();
        _buffer.Clear();
        _isSending = false;
        return failure;
    }

    private void ThrowIfCompleted()
    {
        if (_completed)
        {
            throw new InvalidOperationException("Writing is not allowed after the writer was completed.");
        }
    }
}
