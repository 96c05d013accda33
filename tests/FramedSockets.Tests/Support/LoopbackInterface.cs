using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace FramedSockets.Tests.Support;

/// <summary>What the loopback interface of this machine does, tried for real.</summary>
internal static class LoopbackInterface
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public static int Index => NetworkInterface.GetAllNetworkInterfaces()
        .Single(i => i.NetworkInterfaceType == NetworkInterfaceType.Loopback).GetIPProperties().GetIPv4Properties().Index;

    /// <summary>Why the IPv6 address cannot be bound; <see langword="null"/> where it can.</summary>
    public static string? FindFaultOfIPv6() => FindFault("This machine has no IPv6", () => Bind(IPAddress.IPv6Loopback).Dispose());

    /// <summary>Why what is sent to a group does not arrive; <see langword="null"/> where it does.</summary>
    public static string? FindFaultOf(IPAddress group) => FindFault("This machine has no multicast over loopback", () =>
    {
        var isFour = group.AddressFamily == AddressFamily.InterNetwork;
        using var member = Bind(isFour ? IPAddress.Any : IPAddress.IPv6Any);
        using var sender = Bind(isFour ? IPAddress.Loopback : IPAddress.IPv6Loopback);
        if (isFour)
        {
            member.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.AddMembership, new MulticastOption(group, Index));
            sender.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.MulticastInterface, IPAddress.HostToNetworkOrder(Index));
        }
        else
        {
            member.SetSocketOption(SocketOptionLevel.IPv6, SocketOptionName.AddMembership, new IPv6MulticastOption(group, Index));
            sender.SetSocketOption(SocketOptionLevel.IPv6, SocketOptionName.MulticastInterface, Index);
        }

        _ = sender.SendTo([0], new IPEndPoint(group, ((IPEndPoint)member.LocalEndPoint!).Port));
        if (!member.Poll(Patience, SelectMode.SelectRead))
        {
            throw new InvalidOperationException("what is sent does not arrive");
        }
    });

    private static Socket Bind(IPAddress address)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            socket.Bind(new IPEndPoint(address, 0));
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static string? FindFault(string what, Action attempt)
    {
        try
        {
            attempt();
            return null;
        }
        catch (Exception e) when (e is SocketException or InvalidOperationException or NetworkInformationException)
        {
            return $"{what}: {e.Message}.";
        }
    }
}
