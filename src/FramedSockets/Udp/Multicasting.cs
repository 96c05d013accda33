using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace FramedSockets.Udp;

/// <summary>Joins and leaves multicast groups, and says how multicast is sent.</summary>
internal static class Multicasting
{
    // struct group_source_req: the interface's index, and two addresses of this room each, from a multiple of eight on; on Linux,
    // from one of a pointer's length.
    private const int AddressRoom = 128;
    private static readonly int GroupOffset = OperatingSystem.IsLinux() && !Environment.Is64BitProcess ? 4 : 8;
    private static readonly int SourceOffset = GroupOffset + AddressRoom;
    private static readonly int RequestLength = SourceOffset + AddressRoom;

    // MCAST_JOIN_SOURCE_GROUP; MCAST_LEAVE_SOURCE_GROUP is the next number.
    private const int LinuxJoinSource = 46;
    private const int WindowsJoinSource = 45;

    // Linux: IP_MULTICAST_ALL and IPV6_MULTICAST_ALL.
    private const int LinuxIPAll = 49;
    private const int LinuxIPv6All = 29;

    public static void Configure(Socket socket, MulticastOptions options)
    {
        Configure(socket, options, Level(socket.AddressFamily));
        if (TakesIPv4Options(socket))
        {
            Configure(socket, options, SocketOptionLevel.IP);
        }
    }

    public static void Join(Socket socket, MulticastGroup group) => Change(socket, group, SocketOptionName.AddMembership, leaving: 0);

    public static void Leave(Socket socket, MulticastGroup group) => Change(socket, group, SocketOptionName.DropMembership, leaving: 1);

    /// <summary>Whether an IPv6 socket also carries IPv4, on a system where it then has the options of both.</summary>
    public static bool TakesIPv4Options(Socket socket) => socket.AddressFamily == AddressFamily.InterNetworkV6 && socket.DualMode
        && (OperatingSystem.IsLinux() || OperatingSystem.IsWindows());

    private static void Configure(Socket socket, MulticastOptions options, SocketOptionLevel level)
    {
        if (OperatingSystem.IsLinux())
        {
            ReceiveOnlyJoined(socket, level);
        }

        if (options.InterfaceIndex > 0)
        {
            // IPv4 takes the index in network order, to tell it from an address.
            var isIPv4 = level == SocketOptionLevel.IP;
            socket.SetSocketOption(level, SocketOptionName.MulticastInterface, isIPv4 ? IPAddress.HostToNetworkOrder(options.InterfaceIndex) : options.InterfaceIndex);
        }

        if (options.TimeToLive > 0)
        {
            socket.SetSocketOption(level, SocketOptionName.MulticastTimeToLive, options.TimeToLive);
        }

        if (!options.Loopback)
        {
            socket.SetSocketOption(level, SocketOptionName.MulticastLoopback, false);
        }
    }

    private static void Change(Socket socket, MulticastGroup group, SocketOptionName name, int leaving)
    {
        var level = Level(group.Address.AddressFamily);
        if (level != Level(socket.AddressFamily) && !(level == SocketOptionLevel.IP && TakesIPv4Options(socket)))
        {
            throw new ArgumentException($"The endpoint's socket is of the family {socket.AddressFamily}, and the group is not.", nameof(group));
        }

        if (group.Source is { } source)
        {
            socket.SetRawSocketOption((int)level, JoinSource() + leaving, SourceRequest(group, source));
        }
        else if (level == SocketOptionLevel.IPv6)
        {
            socket.SetSocketOption(level, name, new IPv6MulticastOption(group.Address, group.InterfaceIndex));
        }
        else
        {
            socket.SetSocketOption(level, name, new MulticastOption(group.Address, group.InterfaceIndex));
        }
    }

    /// <summary>Without this, Linux gives a socket what was sent to groups that other programs joined.</summary>
    private static void ReceiveOnlyJoined(Socket socket, SocketOptionLevel level)
    {
        try
        {
            socket.SetRawSocketOption((int)level, level == SocketOptionLevel.IP ? LinuxIPAll : LinuxIPv6All, stackalloc byte[sizeof(int)]);
        }
        catch (SocketException)
        {
            // A kernel before 4.20 has it for IPv4 only.
        }
    }

    private static SocketOptionLevel Level(AddressFamily family) =>
        family == AddressFamily.InterNetworkV6 ? SocketOptionLevel.IPv6 : SocketOptionLevel.IP;

    private static int JoinSource() => OperatingSystem.IsLinux() ? LinuxJoinSource
        : OperatingSystem.IsWindows() ? WindowsJoinSource
        : throw new PlatformNotSupportedException("Source-specific multicast is known on Linux and Windows only.");

    private static byte[] SourceRequest(MulticastGroup group, IPAddress source)
    {
        var request = new byte[RequestLength];
        MemoryMarshal.Write(request, (uint)group.InterfaceIndex);
        CopyAddress(group.Address, request.AsSpan(GroupOffset, AddressRoom));
        CopyAddress(source, request.AsSpan(SourceOffset, AddressRoom));
        return request;
    }

    private static void CopyAddress(IPAddress address, Span<byte> target)
    {
        var bytes = new IPEndPoint(address, 0).Serialize();
        bytes.Buffer.Span[..bytes.Size].CopyTo(target);
    }
}
