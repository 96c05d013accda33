using System.Net;
using System.Net.Sockets;
using FramedSockets.Tests.Support;
using FramedSockets.Udp;

namespace FramedSockets.Tests.Udp;

/// <summary>What loopback as it is does not show: a slow link, a short one, several interfaces. Each test in a network of its own.</summary>
public sealed class DatagramNetworkTests : IDisposable
{
    private static readonly byte[] Body = [1];
    private readonly NetworkNamespace _network = new();

    public static TheoryData<string> Ways => Endpoints.Ways;

    public void Dispose() => _network.Dispose();

    [NeedsTheory(Need.SlowLink)]
    [MemberData(nameof(Ways))]
    public async Task A_slow_link_makes_a_sender_wait_and_loses_nothing(string way)
    {
        const int Datagrams = 400;
        _network.Shell(NetworkNamespace.SlowLink);
        await using var server = _network.In(() => Endpoints.Bind(Endpoints.Way(way)));
        await using var client = _network.In(() => Endpoints.Connect(
            server, Endpoints.Way(way) with { Socket = new() { SendBufferLength = 20_000 } }));

        // SO_RCVBUFFORCE: room for all, so that a slow reader is not what is tested here.
        server.Plumbing.Socket.SetRawSocketOption(1, 33, BitConverter.GetBytes(1 << 23));
        var batch = client.CreateBatch();
        for (var i = 0; i < Datagrams; i++)
        {
            batch.Add((byte)(i % 200), new byte[1200]);
        }

        await client.SendBatchAsync(batch).Soon();
        while (client.TrySend(200, new byte[1200]))
        {
            // Until there is no room.
        }

        await client.SendAsync(201, Body).Soon();
        var headers = new List<byte>();
        while (headers.Count < client.Counters.Sent)
        {
            headers.Add((await server.ReceiveAsync().Soon()).Header);
        }

        // A link that holds packets back lets them go on whichever core its timer runs, so they may change places on the way.
        var full = headers.Count - Datagrams - 1;
        Assert.Equal(
            Enumerable.Range(0, Datagrams).Select(i => (byte)(i % 200)).Order().Concat(Enumerable.Repeat((byte)200, full)).Append((byte)201),
            headers.Order());
        Assert.Equal(client.Counters.Sent, server.Counters.Received);
        Assert.Equal(0, client.Counters.Refused);
    }

    [NeedsTheory(Need.Namespace)]
    [InlineData("plain", "127.0.0.1", 1472)]
    [InlineData("offloaded", "127.0.0.1", 1472)]
    [InlineData("plain", "::1", 1452)]
    [InlineData("offloaded", "::1", 1452)]
    public async Task A_datagram_that_may_not_be_cut_is_refused_over_the_path(string way, string address, int most)
    {
        _network.Shell("ip link set lo mtu 1500");
        var endPoint = new IPEndPoint(IPAddress.Parse(address), 0);
        await using var server = _network.In(() => UdpDatagramEndpoint.Bind(WholeCodec.Instance, endPoint, Endpoints.Way(way)));
        await using var whole = _network.In(() => UdpDatagramEndpoint.Bind(
            WholeCodec.Instance, endPoint, Endpoints.Way(way) with { Socket = new() { DontFragment = true } }));
        await using var inParts = _network.In(() => UdpDatagramEndpoint.Bind(WholeCodec.Instance, endPoint, Endpoints.Way(way)));
        var target = new DatagramPeer(server.LocalEndPoint!);

        var e = await Assert.ThrowsAsync<FramedSocketException>(() => whole.SendAsync(default, new byte[most + 1], target).Soon());
        Assert.Equal(FramedSocketError.BodyTooLong, e.Error);
        await whole.SendAsync(default, new byte[most], target).Soon();
        await inParts.SendAsync(default, new byte[most + 1], target).Soon();

        Assert.Equal(most, (await server.ReceiveAsync().Soon()).Body.Length);
        Assert.Equal(most + 1, (await server.ReceiveAsync().Soon()).Body.Length);
        Assert.Equal((1, 1), (whole.Counters.TooLarge, whole.Counters.Sent));
    }

    [NeedsFact(Need.Namespace)]
    public async Task A_batch_goes_on_behind_a_datagram_that_may_not_be_cut()
    {
        _network.Shell("ip link set lo mtu 1500");
        await using var server = _network.In(() => Endpoints.Bind());
        await using var client = _network.In(() => Endpoints.Connect(server, Endpoints.Offloaded with { Socket = new() { DontFragment = true } }));
        var batch = client.CreateBatch();
        batch.Add(1, new byte[100]);
        batch.Add(2, new byte[3000]);
        batch.Add(3, new byte[3000]);
        batch.Add(4, new byte[100]);

        await Assert.ThrowsAsync<FramedSocketException>(() => client.SendBatchAsync(batch).Soon());
        await Assert.ThrowsAsync<FramedSocketException>(() => client.SendBatchAsync(batch).Soon());
        await client.SendBatchAsync(batch).Soon();

        Assert.Equal(1, (await server.ReceiveAsync().Soon()).Header);
        Assert.Equal(4, (await server.ReceiveAsync().Soon()).Header);
        Assert.Equal((2, 2, 0), (client.Counters.TooLarge, client.Counters.Sent, client.Counters.Refused));
    }

    [NeedsTheory(Need.Firewall)]
    [MemberData(nameof(Ways))]
    public async Task A_firewall_that_drops_what_is_sent_is_no_peer_that_refuses(string way)
    {
        await using var server = _network.In(() => Endpoints.Bind(Endpoints.Way(way)));
        await using var client = _network.In(() => Endpoints.Connect(server, Endpoints.Way(way)));
        _network.Shell(NetworkNamespace.DroppingFirewall);
        var batch = client.CreateBatch();
        for (byte i = 0; i < 50; i++)
        {
            batch.Add(i, new byte[i + 1]);
        }

        await client.SendBatchAsync(batch).Soon();

        Assert.Equal((50, 0), (client.Counters.Sent, client.Counters.Refused));
        for (var i = 0; i < 50; i++)
        {
            Assert.Equal(i, (await server.ReceiveAsync().Soon()).Header);
        }
    }

    [NeedsTheory(Need.Namespace)]
    [MemberData(nameof(Ways))]
    public async Task What_a_router_answers_ends_no_receive_and_fails_no_send(string way)
    {
        await using var server = _network.In(() => Endpoints.Bind(Endpoints.Way(way)));
        await using var client = _network.In(() => Endpoints.Connect(server, Endpoints.Way(way)));
        using var router = _network.In(() => new Socket(AddressFamily.InterNetwork, SocketType.Raw, ProtocolType.Icmp));
        await client.SendAsync(0, Body).Soon();
        var request = await server.ReceiveAsync().Soon();
        var batch = client.CreateBatch();

        // Nobody speaks the protocol, the host is isolated, and the header has a fault.
        foreach (var (type, code) in new (byte, byte)[] { (3, 2), (3, 8), (12, 0) })
        {
            Answer(type, code);
            await client.SendAsync(1, Body).Soon();
            Answer(type, code);
            Assert.True(client.TrySend(2, Body));
            batch.Add(3, Body);
            Answer(type, code);
            await client.SendBatchAsync(batch).Soon();

            Answer(type, code);
            await server.SendAsync(4, Body, request.Peer).Soon();
            Assert.Equal(4, (await client.ReceiveAsync().Soon()).Header);
            var receive = client.ReceiveAsync().Soon();
            Answer(type, code);
            await server.SendAsync(5, Body, request.Peer).Soon();
            Assert.Equal(5, (await receive).Header);
            for (var header = 1; header <= 3; header++)
            {
                Assert.Equal(header, (await server.ReceiveAsync().Soon()).Header);
            }
        }

        void Answer(byte type, byte code) =>
            _ = router.SendTo(RouterAnswer.Create(type, code, (IPEndPoint)client.LocalEndPoint!, (IPEndPoint)server.LocalEndPoint!), new IPEndPoint(IPAddress.Loopback, 0));
    }

    [NeedsFact(Need.Namespace)]
    public async Task Members_hear_their_interface_alone()
    {
        const int One = 77, Other = 78;
        _network.Shell($"""
            ip link add m0 index {One} type veth peer name m1 index {Other} && ip link set m0 up && ip link set m1 up &&
            ip addr add 10.77.0.1/24 dev m0 && ip addr add 10.78.0.1/24 dev m1
            """);
        var address = IPAddress.Parse("239.255.77.9");
        await using var one = Member(One);
        var port = ((IPEndPoint)one.LocalEndPoint!).Port;
        await using var other = Member(Other, port);
        var target = new DatagramPeer(new IPEndPoint(address, port));

        foreach (var (header, index) in new (byte, int)[] { (1, One), (2, Other), (3, One), (4, Other) })
        {
            await using var sender = _network.In(() => UdpDatagramEndpoint.Bind(
                NoteCodec.Instance, new IPEndPoint(IPAddress.Any, 0), Endpoints.Offloaded with { Socket = new() { Multicast = new() { InterfaceIndex = index } } }));
            await sender.SendAsync(header, Body, target).Soon();
        }

        Assert.Equal((1, 3), ((await one.ReceiveAsync().Soon()).Header, (await one.ReceiveAsync().Soon()).Header));
        Assert.Equal((2, 4), ((await other.ReceiveAsync().Soon()).Header, (await other.ReceiveAsync().Soon()).Header));

        UdpDatagramEndpoint<byte> Member(int index, int port = 0)
        {
            var member = _network.In(() => UdpDatagramEndpoint.Bind(
                NoteCodec.Instance, new IPEndPoint(IPAddress.Any, port), Endpoints.Offloaded with { Socket = new() { ReuseAddress = true } }));
            member.Join(new(address) { InterfaceIndex = index });
            return member;
        }
    }
}
