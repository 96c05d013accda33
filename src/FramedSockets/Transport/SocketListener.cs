using System.Net;
using System.Net.Sockets;

namespace FramedSockets.Transport;

/// <summary>A bound, listening socket.</summary>
internal sealed class SocketListener : ITransportListener
{
    private readonly Socket _socket;
    private readonly SocketTransportOptions _options;
    private int _disposed;

    public SocketListener(EndPoint endPoint, SocketTransportOptions options)
    {
        _options = options;
        _socket = Bind(endPoint, options.Backlog);
        EndPoint = _socket.LocalEndPoint!;
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
            if (EndPoint is UnixDomainSocketEndPoint unix && unix.ToString() is { Length: > 0 } path && path[0] != '@')
            {
                File.Delete(path);
            }
        }

        return default;
    }

    private static Socket Bind(EndPoint endPoint, int backlog)
    {
        var isUnix = endPoint is UnixDomainSocketEndPoint;
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, isUnix ? ProtocolType.Unspecified : ProtocolType.Tcp);
        try
        {
            // [::] stands for every address, IPv4 included.
            if (endPoint is IPEndPoint ip && ip.Address.Equals(IPAddress.IPv6Any))
            {
                socket.DualMode = true;
            }

            socket.Bind(endPoint);
            socket.Listen(backlog);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private SocketConnection? Open(Socket socket)
    {
        try
        {
            return new(socket, _options);
        }
        catch (SocketException)
        {
            // The peer was gone before its socket could be set up: the next one need not wait for that.
            socket.Dispose();
            return null;
        }
    }
}
