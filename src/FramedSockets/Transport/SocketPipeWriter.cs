using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Threading.Tasks.Sources;

namespace FramedSockets.Transport;

/// <summary>
/// A <see cref="PipeWriter"/> whose flush is one send. It owns pooled memory only while bytes wait; large memory given to
/// <see cref="WriteAsync"/> is sent from where it lies, together with what waits.
/// </summary>
/// <remarks>As every pipe writer: one caller at a time.</remarks>
internal sealed class SocketPipeWriter : PipeWriter, IValueTaskSource<FlushResult>, ISocketOperationOwner
{
    private const int DirectThreshold = 16 * 1024;
    private readonly Socket _socket;
    private readonly PooledBufferWriter _buffer;
    private SocketSend? _send;
    private ManualResetValueTaskSourceCore<FlushResult> _core;
    private bool _completed;
    private volatile bool _isSending;

    public SocketPipeWriter(Socket socket, ArrayPool<byte> pool)
    {
        _socket = socket;
        _buffer = new(pool);
    }

    public override bool CanGetUnflushedBytes => true;

    public override long UnflushedBytes => _buffer.Length;

    /// <summary>Whether the end of the stream was sent.</summary>
    public bool HasEnded { get; private set; }

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
            ShutDown();
        }
    }

    public FlushResult GetResult(short token) => _core.GetResult(token);

    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
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
        var version = _core.Version;
        _isSending = true;
        try
        {
            _send = SocketSend.Rent(_socket, this);
            if (_send.Begin(_buffer.WrittenMemory, body))
            {
                return new(this, version);
            }
        }
        catch (ObjectDisposedException)
        {
            Forget(isUsable: false);
            return ValueTask.FromException<FlushResult>(SocketFailure.Aborted());
        }

        return End() is { } failure ? ValueTask.FromException<FlushResult>(failure) : new(default(FlushResult));
    }

    void ISocketOperationOwner.OnOperationCompleted()
    {
        FramedSocketException? failure;
        try
        {
            if (_send!.Continue())
            {
                return;
            }

            failure = End();
        }
        catch (ObjectDisposedException)
        {
            Forget(isUsable: false);
            failure = SocketFailure.Aborted();
        }

        if (failure is null)
        {
            _core.SetResult(default);
        }
        else
        {
            _core.SetException(failure);
        }
    }

    private FramedSocketException? End()
    {
        var error = _send!.Error;
        Forget(isUsable: true);
        return error == SocketError.Success ? null : SocketFailure.ToException(error);
    }

    private void Forget(bool isUsable)
    {
        if (isUsable)
        {
            _send!.Return();
        }
        else
        {
            _send?.Dispose();
        }

        _send = null;
        _buffer.Clear();
        _isSending = false;
    }

    private void ShutDown()
    {
        try
        {
            _socket.Shutdown(SocketShutdown.Send);
            HasEnded = true;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The connection is gone, so there is nobody to tell that nothing follows.
        }
    }

    private void ThrowIfCompleted()
    {
        if (_completed)
        {
            throw new InvalidOperationException("Writing is not allowed after the writer was completed.");
        }
    }
}
