using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace FramedSockets.Udp;

/// <summary>Makes sockets as the options say.</summary>
internal static class DatagramSockets
{
    // Linux: setsockopt(IPPROTO_IP, IP_MTU_DISCOVER) and (IPPROTO_IPV6, IPV6_MTU_DISCOVER), with the value "do".
    private const int LinuxIPMtuDiscover = 10;
    private const int LinuxIPv6MtuDiscover = 23;
    private const int LinuxMtuDiscoverDo = 2;

    public static Socket Bind(EndPoint endPoint, UdpSocketOptions options) => Open(endPoint, options, socket => socket.Bind(endPoint));

    public static Socket Connect(EndPoint remote, EndPoint? local, UdpSocketOptions options) => Open(
        remote,
        options,
        socket =>
        {
            if (local is not null)
            {
                socket.Bind(local);
            }

            socket.Connect(remote);
            if (local is IPEndPoint)
            {
                ThrowAway(socket);
            }
        });

    /// <summary>Until it was connected, the socket took datagrams from anybody.</summary>
    private static void ThrowAway(Socket socket)
    {
        // Each takes some hundred bytes of the buffer at least, so no more than this can wait: a peer that goes on sending holds nobody.
        Span<byte> start = stackalloc byte[1];
        for (var left = socket.ReceiveBufferSize / 256; left > 0 && socket.Poll(0, SelectMode.SelectRead); left--)
        {
            _ = socket.Receive(start, SocketFlags.None, out _);
        }
    }

    private static Socket Open(EndPoint endPoint, UdpSocketOptions options, Action<Socket> attach)
    {
        var socket = Create(endPoint);
        try
        {
            Configure(socket, options);
            attach(socket);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static Socket Create(EndPoint endPoint) => endPoint switch
    {
        IPEndPoint ip => new(ip.AddressFamily, SocketType.Dgram, ProtocolType.Udp),
        UnixDomainSocketEndPoint when !OperatingSystem.IsWindows() => new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified),
        UnixDomainSocketEndPoint => throw new PlatformNotSupportedException("Windows has no datagrams on Unix domain sockets."),
        _ => throw new ArgumentException(
            $"A datagram endpoint is an IP address or a Unix socket, not a {endPoint.GetType().Name}; resolve a name first.", nameof(endPoint)),
    };

    private static void Configure(Socket socket, UdpSocketOptions options)
    {
        if (options.ReceiveBufferLength > 0)
        {
            socket.ReceiveBufferSize = options.ReceiveBufferLength;
        }

        if (options.SendBufferLength > 0)
        {
            socket.SendBufferSize = options.SendBufferLength;
        }

        if (socket.AddressFamily == AddressFamily.Unix)
        {
            return;
        }

        if (socket.AddressFamily == AddressFamily.InterNetworkV6)
        {
            socket.DualMode = options.DualMode;
        }

        if (options.ReuseAddress)
        {
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        }

        if (options.Broadcast)
        {
            socket.EnableBroadcast = true;
        }

        if (options.TimeToLive > 0)
        {
            socket.Ttl = (short)options.TimeToLive;
            if (Multicasting.TakesIPv4Options(socket))
            {
                socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.IpTimeToLive, options.TimeToLive);
            }
        }

        if (options.DontFragment)
        {
            SetDontFragment(socket);
        }

        Multicasting.Configure(socket, options.Multicast);
    }

    private static void SetDontFragment(Socket socket)
    {
        if (socket.AddressFamily == AddressFamily.InterNetwork)
        {
            socket.DontFragment = true;
        }
        else if (OperatingSystem.IsLinux())
        {
            var value = MemoryMarshal.AsBytes([LinuxMtuDiscoverDo]);
            socket.SetRawSocketOption((int)SocketOptionLevel.IPv6, LinuxIPv6MtuDiscover, value);
            socket.SetRawSocketOption((int)SocketOptionLevel.IP, LinuxIPMtuDiscover, value);
        }
        else
        {
            socket.SetSocketOption(SocketOptionLevel.IPv6, SocketOptionName.DontFragment, true);
        }
    }
}
