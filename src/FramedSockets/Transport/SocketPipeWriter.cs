using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Threading.Tasks.Sources;

namespace FramedSockets.Transport;

/// <summary>
/// A <see cref="PipeWriter"/> whose flush is one send. It owns pooled memory only while bytes wait; large memory given to
/// <see cref="WriteAsync"/> is sent from where it lies, together with what waits.
/// </summary>
/// <remarks>As every pipe writer: one caller at a time.</remarks>
internal sealed class SocketPipeWriter : PipeWriter, IValueTaskSource<FlushResult>, IDisposable
{
    private const int Smallest = 4096;
    private const int DirectThreshold = 16 * 1024;
    private readonly Socket _socket;
    private readonly ArrayPool<byte> _pool;
    private readonly SocketOperation _send;
    private readonly List<ArraySegment<byte>> _gather = new(2);
    private ManualResetValueTaskSourceCore<FlushResult> _core;
    private ReadOnlyMemory<byte> _rest;
    private byte[] _buffer = [];
    private int _length;
    private bool _completed;
    private volatile bool _isSending;

    public SocketPipeWriter(Socket socket, ArrayPool<byte> pool)
    {
        _socket = socket;
        _pool = pool;
        _send = new(OnSent);
    }

    public override bool CanGetUnflushedBytes => true;

    public override long UnflushedBytes => _length;

    /// <summary>Whether the end of the stream was sent.</summary>
    public bool HasEnded { get; private set; }

    public override void Advance(int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)bytes, (uint)(_buffer.Length - _length), nameof(bytes));
        _length += bytes;
    }

    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        Ensure(sizeHint);
        return _buffer.AsMemory(_length);
    }

    public override Span<byte> GetSpan(int sizeHint = 0)
    {
        Ensure(sizeHint);
        return _buffer.AsSpan(_length);
    }

    /// <summary>Sends what waits. Once begun, a send is not taken back: the token is looked at before it only.</summary>
    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfCompleted();
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<FlushResult>(cancellationToken);
        }

        if (_length == 0)
        {
            return new(default(FlushResult));
        }

        _send.SetBuffer(_buffer, 0, _length);
        return SendAsync();
    }

    public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
    {
        ThrowIfCompleted();
        if (source.Length < DirectThreshold)
        {
            this.Write(source.Span);
            return FlushAsync(cancellationToken);
        }

        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<FlushResult>(cancellationToken);
        }

        if (_length == 0)
        {
            _send.SetBuffer(MemoryMarshal.AsMemory(source));
        }
        else if (MemoryMarshal.TryGetArray(source, out var segment))
        {
            _gather.Add(new(_buffer, 0, _length));
            _gather.Add(segment);
            _send.SetBuffer(null, 0, 0);
            _send.BufferList = _gather;
        }
        else
        {
            _send.SetBuffer(_buffer, 0, _length);
            _rest = source;
        }

        return SendAsync();
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
            // Otherwise the send that an abort is ending gives the buffer back.
            FreeBuffer();
        }

        if (exception is null)
        {
            ShutDown();
        }
    }

    public void Dispose() => _send.Dispose();

    public FlushResult GetResult(short token) => _core.GetResult(token);

    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    private ValueTask<FlushResult> SendAsync()
    {
        _core.Reset();
        _isSending = true;
        try
        {
            while (!_socket.SendAsync(_send))
            {
                if (!GoesOn())
                {
                    return End() is { } failure ? ValueTask.FromException<FlushResult>(failure) : new(default(FlushResult));
                }
            }
        }
        catch (ObjectDisposedException)
        {
            Forget();
            return ValueTask.FromException<FlushResult>(SocketFailure.Aborted());
        }

        return new(this, _core.Version);
    }

    private void OnSent()
    {
        try
        {
            while (GoesOn())
            {
                if (_socket.SendAsync(_send))
                {
                    return;
                }
            }
        }
        catch (ObjectDisposedException)
        {
            Forget();
            _core.SetException(SocketFailure.Aborted());
            return;
        }

        if (End() is { } failure)
        {
            _core.SetException(failure);
        }
        else
        {
            _core.SetResult(default);
        }
    }

    /// <summary>Whether part of what was to be sent is left; prepares it.</summary>
    private bool GoesOn()
    {
        if (_send.SocketError != SocketError.Success)
        {
            return false;
        }

        var sent = _send.BytesTransferred;
        if (_gather.Count > 0)
        {
            return GoesOnGathered(sent);
        }

        if (sent < _send.Count)
        {
            _send.SetBuffer(_send.Offset + sent, _send.Count - sent);
            return true;
        }

        if (_rest.IsEmpty)
        {
            return false;
        }

        _send.SetBuffer(MemoryMarshal.AsMemory(_rest));
        _rest = default;
        return true;
    }

    private bool GoesOnGathered(int sent)
    {
        var first = _gather[0];
        var second = _gather[1];
        if (sent >= first.Count + second.Count)
        {
            return false;
        }

        _send.BufferList = null;
        _gather.Clear();
        if (sent < first.Count)
        {
            _send.SetBuffer(first.Array, first.Offset + sent, first.Count - sent);
            _rest = second;
        }
        else
        {
            _send.SetBuffer(second.Array, second.Offset + sent - first.Count, second.Count + first.Count - sent);
        }

        return true;
    }

    private FramedSocketException? End()
    {
        var error = _send.SocketError;
        Forget();
        return error == SocketError.Success ? null : SocketFailure.ToException(error);
    }

    private void Forget()
    {
        if (_gather.Count > 0)
        {
            _send.BufferList = null;
            _gather.Clear();
        }

        _send.SetBuffer(null, 0, 0);
        _rest = default;
        FreeBuffer();
        _isSending = false;
    }

    private void FreeBuffer()
    {
        _length = 0;
        var buffer = _buffer;
        if (buffer.Length > 0)
        {
            _buffer = [];
            _pool.Return(buffer);
        }
    }

    private void Ensure(int sizeHint)
    {
        ThrowIfCompleted();
        if (_buffer.Length - _length < Math.Max(sizeHint, 1))
        {
            var larger = _pool.Rent(checked(Math.Max(Smallest, Math.Max(2 * _length, _length + Math.Max(sizeHint, 1)))));
            var length = _length;
            _buffer.AsSpan(0, length).CopyTo(larger);
            FreeBuffer();
            _buffer = larger;
            _length = length;
        }
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
