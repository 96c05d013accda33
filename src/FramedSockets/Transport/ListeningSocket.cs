using System.Net;
using System.Net.Sockets;

namespace FramedSockets.Transport;

/// <summary>How a listening socket begins and ends.</summary>
internal static class ListeningSocket
{
    /// <summary>Binds a socket and listens.</summary>
    /// <param name="endPoint">Where.</param>
    /// <param name="backlog">Connections that may wait to be accepted.</param>
    /// <param name="setUp">Sets what has to be set before it is bound.</param>
    /// <exception cref="ArgumentException">It is neither an IP address nor a Unix socket.</exception>
    public static Socket Bind(EndPoint endPoint, int backlog, Action<Socket> setUp)
    {
        var socket = Create(endPoint);
        try
        {
            // [::] stands for every address, IPv4 included.
            if (endPoint is IPEndPoint ip && ip.Address.Equals(IPAddress.IPv6Any))
            {
                socket.DualMode = true;
            }

            setUp(socket);
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

    /// <summary>Whether all its connections have its own address on this side.</summary>
    public static bool IsOneAddress(EndPoint endPoint) =>
        endPoint is not IPEndPoint ip || !(ip.Address.Equals(IPAddress.Any) || ip.Address.Equals(IPAddress.IPv6Any));

    private static Socket Create(EndPoint endPoint) => endPoint switch
    {
        IPEndPoint ip => new(ip.AddressFamily, SocketType.Stream, ProtocolType.Tcp),
        UnixDomainSocketEndPoint => new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified),
        _ => throw new ArgumentException(
            $"A server listens on an IP address or a Unix socket, not on a {endPoint.GetType().Name}; resolve a name first.", nameof(endPoint)),
    };
}
