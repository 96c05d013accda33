using System.Net;
using System.Net.Sockets;

namespace FramedSockets.Transport;

/// <summary>A bound, listening socket. On Linux, what its connections have in common is set on itself: they inherit it.</summary>
internal sealed class SocketListener : ITransportListener
{
    private readonly Socket _socket;
    private readonly SocketTransportOptions _options;
    private readonly bool _isOneAddress;
    private int _disposed;

    public SocketListener(EndPoint endPoint, SocketTransportOptions options)
    {
        _options = options;
        _socket = ListeningSocket.Bind(endPoint, options.Backlog, socket => SetUp(socket, isListener: true));
        EndPoint = _socket.LocalEndPoint!;
        _isOneAddress = ListeningSocket.IsOneAddress(EndPoint);
    }

    public EndPoint EndPoint { get; }

    public async ValueTask<ITransportConnection?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            while (true)
            {
                var socket = await _socket.AcceptAsync(cancellationToken).ConfigureAwait(false);
                if (Open(socket) is { } connection)
                {
                    return connection;
                }
            }
        }
        catch (Exception e) when (e is ObjectDisposedException or SocketException && Volatile.Read(ref _disposed) != 0)
        {
            return null;
        }
    }

    public ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            _socket.Dispose();
        }

        return default;
    }

    private void SetUp(Socket socket, bool isListener)
    {
        if (isListener == OperatingSystem.IsLinux())
        {
            TcpOptions.Set(socket, _options);
        }
    }

    private SocketConnection? Open(Socket socket)
    {
        try
        {
            SetUp(socket, isListener: false);
            return new(socket, _options, _isOneAddress ? EndPoint : socket.LocalEndPoint);
        }
        catch (SocketException)
        {
            // The peer was gone before its socket could be set up: the next one need not wait for that.
            socket.Dispose();
            return null;
        }
    }
}
