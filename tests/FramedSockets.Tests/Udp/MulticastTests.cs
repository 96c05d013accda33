using System.Net;
using System.Net.Sockets;
using FramedSockets.Tests.Support;
using FramedSockets.Udp;

namespace FramedSockets.Tests.Udp;

/// <summary>Over the loopback interface, which routes groups and broadcasts when it is named.</summary>
public sealed class MulticastTests
{
    private static readonly byte[] Body = [1];

    [Theory]
    [NeedsData(Need.Multicast, "239.255.77.1", "any")]
    [NeedsData(Need.Multicast, "239.255.77.2", "127.0.0.1")]
    [NeedsData(Need.Multicast, "232.7.7.7", "127.0.0.1")]
    [NeedsData(Need.MulticastOverIPv6, "ff01::77:1", "any")]
    [NeedsData(Need.MulticastOverIPv6, "ff31::77:2", "::1")]
    public async Task Members_receive_until_they_leave(string address, string source)
    {
        var group = new MulticastGroup(IPAddress.Parse(address))
        {
            Source = source == "any" ? null : IPAddress.Parse(source),
            InterfaceIndex = LoopbackInterface.Index,
        };
        await using var one = Member(group.Address, port: 0);
        var port = ((IPEndPoint)one.LocalEndPoint!).Port;
        await using var two = Member(group.Address, port);
        await using var sender = Sender(group.Address);
        var target = new DatagramPeer(new IPEndPoint(group.Address, port));
        one.Join(group);
        two.Join(group);
        await sender.SendAsync(1, Body, target).Soon();

        Assert.Equal(1, (await one.ReceiveAsync().Soon()).Header);
        Assert.Equal(1, (await two.ReceiveAsync().Soon()).Header);

        two.Leave(group);
        await sender.SendAsync(2, Body, target).Soon();
        Assert.Equal(2, (await one.ReceiveAsync().Soon()).Header);

        // What was sent to the group would stand before this.
        await sender.SendAsync(3, Body, Direct(group.Address, port)).Soon();
        var direct = await Either(one, two).Soon();
        Assert.Equal(3, direct);
    }

    [NeedsFact(Need.Multicast)]
    public async Task A_source_that_is_not_wanted_is_not_heard()
    {
        var address = IPAddress.Parse("232.7.7.8");
        await using var member = Member(address, port: 0);
        var port = ((IPEndPoint)member.LocalEndPoint!).Port;
        await using var sender = Sender(address);
        member.Join(new(address) { Source = IPAddress.Parse("127.0.0.9"), InterfaceIndex = LoopbackInterface.Index });
        var target = new DatagramPeer(new IPEndPoint(address, port));
        await sender.SendAsync(1, Body, target).Soon();
        await sender.SendAsync(2, Body, Direct(address, port)).Soon();

        Assert.Equal(2, (await member.ReceiveAsync().Soon()).Header);
    }

    [Fact]
    public async Task A_broadcast_is_received_and_wants_the_option()
    {
        await using var member = Member(IPAddress.Broadcast, port: 0);
        var target = new DatagramPeer(new IPEndPoint(IPAddress.Parse("127.255.255.255"), ((IPEndPoint)member.LocalEndPoint!).Port));
        await using var timid = Endpoints.Bind();
        await using var sender = Endpoints.Bind(Endpoints.Offloaded with { Socket = new() { Broadcast = true } });

        var e = await Assert.ThrowsAsync<FramedSocketException>(() => timid.SendAsync(1, Body, target).Soon());
        Assert.Equal(FramedSocketError.TransportFailed, e.Error);
        await sender.SendAsync(2, Body, target).Soon();

        Assert.Equal(2, (await member.ReceiveAsync().Soon()).Header);
    }

    [Fact]
    public async Task A_group_of_the_other_family_is_refused()
    {
        await using var member = Endpoints.Bind();

        Assert.Throws<ArgumentException>(() => member.Join(new(IPAddress.Parse("ff01::1"))));
        Assert.Throws<ArgumentException>(() => new MulticastGroup(IPAddress.Parse("ff01::1")) { Source = IPAddress.Loopback });
    }

    [Fact]
    public async Task The_socket_is_set_up_as_the_options_say()
    {
        var options = new UdpSocketOptions
        {
            ReceiveBufferLength = 100_000,
            SendBufferLength = 90_000,
            ReuseAddress = true,
            Broadcast = true,
            DontFragment = true,
            TimeToLive = 9,
            Multicast = new() { TimeToLive = 7, Loopback = false, InterfaceIndex = LoopbackInterface.Index },
        };
        await using var endpoint = Endpoints.Bind(Endpoints.Offloaded with { Socket = options });
        await using var six = UdpDatagramEndpoint.Bind(NoteCodec.Instance, new IPEndPoint(IPAddress.IPv6Any, 0), Endpoints.Offloaded with { Socket = options });
        var socket = endpoint.Plumbing.Socket;

        Assert.InRange(socket.ReceiveBufferSize, 100_000, 200_000);
        Assert.InRange(socket.SendBufferSize, 90_000, 180_000);
        Assert.True(socket.EnableBroadcast && socket.DontFragment && !socket.MulticastLoopback);
        Assert.Equal(9, socket.Ttl);
        Assert.Equal(9, six.Plumbing.Socket.Ttl);
        Assert.Equal(7, socket.GetSocketOption(SocketOptionLevel.IP, SocketOptionName.MulticastTimeToLive));
        Assert.Equal(7, six.Plumbing.Socket.GetSocketOption(SocketOptionLevel.IPv6, SocketOptionName.MulticastTimeToLive));
        Assert.True(six.Plumbing.Socket.DualMode);
        if (Multicasting.TakesIPv4Options(six.Plumbing.Socket))
        {
            Assert.Equal(9, six.Plumbing.Socket.GetSocketOption(SocketOptionLevel.IP, SocketOptionName.IpTimeToLive));
            Assert.Equal(7, six.Plumbing.Socket.GetSocketOption(SocketOptionLevel.IP, SocketOptionName.MulticastTimeToLive));
        }
    }

    // IPv6 sockets carry IPv4 groups on Linux and Windows, and loopback is a group's interface on Linux.
    [NeedsFact(Need.Linux, Need.IPv6, Need.Multicast)]
    public async Task A_dual_mode_endpoint_hears_the_IPv4_groups_it_joined_and_no_others()
    {
        var address = IPAddress.Parse("239.255.77.3");
        var group = new MulticastGroup(address) { InterfaceIndex = LoopbackInterface.Index };
        var only = new MulticastGroup(IPAddress.Parse("232.7.7.9")) { Source = IPAddress.Loopback, InterfaceIndex = LoopbackInterface.Index };
        await using var member = Member(IPAddress.IPv6Loopback, port: 0);
        var port = ((IPEndPoint)member.LocalEndPoint!).Port;
        await using var stranger = Member(IPAddress.IPv6Loopback, port);
        await using var sender = UdpDatagramEndpoint.Bind(
            NoteCodec.Instance,
            new IPEndPoint(IPAddress.Loopback.MapToIPv6(), 0),
            Endpoints.Offloaded with { Socket = new() { Multicast = new() { InterfaceIndex = LoopbackInterface.Index, TimeToLive = 1 } } });
        member.Join(group);
        member.Join(only);
        await sender.SendAsync(1, Body, new DatagramPeer(new IPEndPoint(address, port))).Soon();
        await sender.SendAsync(2, Body, new DatagramPeer(new IPEndPoint(only.Address, port))).Soon();

        Assert.Equal(1, (await member.ReceiveAsync().Soon()).Header);
        Assert.Equal(2, (await member.ReceiveAsync().Soon()).Header);
        member.Leave(group);
        await sender.SendAsync(3, Body, new DatagramPeer(new IPEndPoint(address, port))).Soon();
        await sender.SendAsync(4, Body, Direct(address, port)).Soon();
        Assert.Equal(4, await Either(member, stranger).Soon());
    }

    private static UdpDatagramEndpoint<byte> Member(IPAddress group, int port) => UdpDatagramEndpoint.Bind(
        NoteCodec.Instance,
        new IPEndPoint(group.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, port),
        Endpoints.Offloaded with { Socket = new() { ReuseAddress = true } });

    private static UdpDatagramEndpoint<byte> Sender(IPAddress group) => UdpDatagramEndpoint.Bind(
        NoteCodec.Instance,
        new IPEndPoint(group.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Loopback : IPAddress.IPv6Loopback, 0),
        Endpoints.Offloaded with { Socket = new() { Multicast = new() { InterfaceIndex = LoopbackInterface.Index, TimeToLive = 1 } } });

    private static DatagramPeer Direct(IPAddress group, int port) =>
        new(new IPEndPoint(group.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Loopback : IPAddress.IPv6Loopback, port));

    // A port that two sockets share gets what is sent to it directly on one of them; which one is the system's business.
    private static async Task<byte> Either(UdpDatagramEndpoint<byte> one, UdpDatagramEndpoint<byte> two)
    {
        using var late = new CancellationTokenSource();
        var both = new[] { one.ReceiveAsync(late.Token).AsTask(), two.ReceiveAsync(late.Token).AsTask() };
        var first = await (await Task.WhenAny(both).Soon());
        var header = first.Header;
        await late.CancelAsync();
        _ = await Record.ExceptionAsync(() => Task.WhenAll(both).Soon());
        return header;
    }
}
