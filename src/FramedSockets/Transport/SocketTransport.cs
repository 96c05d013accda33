using System.Net;
using System.Net.Sockets;

namespace FramedSockets.Transport;

/// <summary>
/// The portable transport: TCP over IPv4 and IPv6 and Unix domain sockets through <see cref="Socket"/>. It receives when it
/// is read, into pooled memory that only a busy connection owns, and sends a batch at a time. Thread-safe.
/// </summary>
public sealed class SocketTransport : IFrameTransport
{
    private readonly SocketTransportOptions _options;

    /// <summary>Creates a transport.</summary>
    /// <param name="options">The options; <see cref="SocketTransportOptions.Default"/> when <see langword="null"/>.</param>
    public SocketTransport(SocketTransportOptions? options = null) => _options = options ?? SocketTransportOptions.Default;

    /// <summary>The transport with default options, which servers and clients use unless told otherwise.</summary>
    public static SocketTransport Default { get; } = new();

    /// <inheritdoc/>
    public ValueTask<ITransportListener> ListenAsync(EndPoint endPoint, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        cancellationToken.ThrowIfCancellationRequested();
        return new(new SocketListener(endPoint, _options));
    }

    /// <inheritdoc/>
    public async ValueTask<ITransportConnection> ConnectAsync(EndPoint endPoint, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        var socket = endPoint switch
        {
            UnixDomainSocketEndPoint => new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified),
            IPEndPoint ip => IpSocket(ip),
            _ => new Socket(SocketType.Stream, ProtocolType.Tcp),
        };
        try
        {
            await socket.ConnectAsync(endPoint, cancellationToken).ConfigureAwait(false);
            TcpOptions.Set(socket, _options);
            return new SocketConnection(socket, _options, socket.LocalEndPoint);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static Socket IpSocket(IPEndPoint endPoint)
    {
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        if (endPoint.Address.IsIPv4MappedToIPv6)
        {
            // ::ffff:127.0.0.1 is an address of IPv4, which a socket of IPv6 reaches in this mode only.
            socket.DualMode = true;
        }

        return socket;
    }
}
