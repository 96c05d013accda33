using System.Buffers;
using System.IO.Pipelines;
using System.Threading.Tasks.Sources;
using FramedSockets.Transport;

namespace FramedSockets.Linux;

/// <summary>
/// A <see cref="PipeWriter"/> whose flush is one send, and a wait for the loop only where the system takes no more. It owns
/// pooled memory only while bytes wait; large memory given to <see cref="WriteAsync"/> is sent from where it lies.
/// </summary>
/// <remarks>As every pipe writer: one caller at a time; <see cref="Abort"/> from any thread.</remarks>
internal sealed class LinuxPipeWriter(ConnectedSocket socket, ArrayPool<byte> pool) : PipeWriter, IValueTaskSource<FlushResult>, IThreadPoolWorkItem
{
    private const int DirectThreshold = 16 * 1024;
    private readonly PooledBufferWriter _buffer = new(pool);
    private ReadOnlyMemory<byte> _head;
    private ReadOnlyMemory<byte> _body;
    private ManualResetValueTaskSourceCore<FlushResult> _core;
    private Readiness _readiness;
    private int _error;
    private bool _completed;
    private volatile bool _isSending;

    public override bool CanGetUnflushedBytes => true;

    public override long UnflushedBytes => _buffer.Length;

    public override void Advance(int bytes) => _buffer.Advance(bytes);

    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        ThrowIfCompleted();
        return _buffer.GetMemory(sizeHint);
    }

    public override Span<byte> GetSpan(int sizeHint = 0)
    {
        ThrowIfCompleted();
        return _buffer.GetSpan(sizeHint);
    }

    /// <summary>Sends what waits. Once begun, a send is not taken back: the token is looked at before it only.</summary>
    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => SendAsync(default, cancellationToken);

    public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
    {
        if (source.Length >= DirectThreshold)
        {
            return SendAsync(source, cancellationToken);
        }

        this.Write(source.Span);
        return SendAsync(default, cancellationToken);
    }

    /// <summary>Does nothing: what was given to the socket cannot be taken back. Aborting the connection ends a pending flush.</summary>
    public override void CancelPendingFlush()
    {
    }

    public override void Complete(Exception? exception = null)
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
            socket.ShutDown();
        }
    }

    /// <summary>Sending may be possible again, or has failed. On the loop's thread.</summary>
    public void OnWritable()
    {
        if (_readiness.Signal())
        {
            socket.Run(this);
        }
    }

    /// <summary>The connection was aborted: a flush that waits fails.</summary>
    public void Abort()
    {
        if (_readiness.TryTake())
        {
            _core.RunContinuationsAsynchronously = true;
            Deliver();
        }
    }

    void IThreadPoolWorkItem.Execute()
    {
        if (Push())
        {
            Deliver();
        }
    }

    FlushResult IValueTaskSource<FlushResult>.GetResult(short token) => _core.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<FlushResult>.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource<FlushResult>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

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
        _core.RunContinuationsAsynchronously = false;
        var version = _core.Version;
        _isSending = true;
        _head = _buffer.WrittenMemory;
        _body = body;
        if (!Push())
        {
            return new(this, version);
        }

        return End() is { } failure ? ValueTask.FromException<FlushResult>(failure) : new(default(FlushResult));
    }

    /// <summary>Sends until every byte was taken, or it failed (true), or until the system takes no more (false).</summary>
    private bool Push()
    {
        while (_head.Length + _body.Length > 0 && _error == 0)
        {
            var sent = socket.Send(_head.Span, _body.Span);
            if (sent >= 0)
            {
                var ofHead = Math.Min(sent, _head.Length);
                _head = _head[ofHead..];
                _body = _body[(sent - ofHead)..];
                continue;
            }

            _error = sent == -Errno.TryAgain ? -socket.WatchOutput() : -sent;
            if (_error == 0 && _readiness.TryWait())
            {
                // An abort that came just before saw nobody waiting.
                return socket.IsAborted && _readiness.TryTake();
            }

            // Sending has become possible meanwhile, or was so some time ago: the next call tells.
            _readiness.Clear();
        }

        return true;
    }

    private void Deliver()
    {
        if (End() is { } failure)
        {
            _core.SetException(failure);
        }
        else
        {
            _core.SetResult(default);
        }
    }

    private FramedSocketException? End()
    {
        var failure = _error != 0 ? socket.Fail(_error)
            : _head.Length + _body.Length > 0 ? SocketFailure.Aborted()
            : null;
        _head = _body = default;
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
