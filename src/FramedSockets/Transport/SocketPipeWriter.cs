using System.Buffers;
using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;

namespace FramedSockets.Transport;

/// <summary>Sends what is written through a <see cref="Socket"/>.</summary>
internal sealed class SocketPipeWriter(Socket socket, ArrayPool<byte> pool) : DirectPipeWriter(pool), ISocketOperationOwner, IFileOutput
{
    private SocketSend? _send;

    /// <summary>Whether the end of the stream was sent.</summary>
    public bool HasEnded { get; private set; }

    public int TrySendFile(SafeFileHandle file, long offset, int length) => FileSend.TrySend(socket, file, offset, length);

    void ISocketOperationOwner.OnOperationCompleted()
    {
        try
        {
            if (_send!.Continue())
            {
                return;
            }
        }
        catch (ObjectDisposedException)
        {
            Discard();
        }

        Deliver(isElsewhere: false);
    }

    protected override bool Begin(ReadOnlyMemory<byte> head, ReadOnlyMemory<byte> body)
    {
        try
        {
            _send = SocketSend.Rent(socket, this);
            return _send.Begin(head, body);
        }
        catch (ObjectDisposedException)
        {
            Discard();
            return false;
        }
    }

    protected override FramedSocketException? End()
    {
        if (_send is not { } send)
        {
            return SocketFailure.Aborted();
        }

        _send = null;
        var error = send.SocketError;
        send.Return();
        return error == SocketError.Success ? null : SocketFailure.ToException(error);
    }

    protected override void ShutDown()
    {
        try
        {
            socket.Shutdown(SocketShutdown.Send);
            HasEnded = true;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The connection is gone, so there is nobody to tell that nothing follows.
        }
    }

    /// <summary>The socket was disposed under the send, which is not used again.</summary>
    private void Discard()
    {
        _send?.Dispose();
        _send = null;
    }
}
