using System.Buffers;
using System.Net;
using System.Net.Sockets;
using FramedSockets.Tests.Support;
using FramedSockets.Udp;
using FramedSockets.Udp.Linux;

namespace FramedSockets.Tests.Udp;

public sealed class DatagramBatchTests
{
    public static TheoryData<string> Ways => Endpoints.Ways;

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Datagrams_of_mixed_lengths_arrive_in_order(string way)
    {
        await using var server = Endpoints.Bind(Roomy(way));
        await using var client = Endpoints.Connect(server, Endpoints.Way(way));
        var batch = client.CreateBatch();
        var lengths = new List<int>();
        var random = new Random(3);
        for (var i = 0; i < 300; i++)
        {
            // Runs of one length, as offload likes them, with shorter and longer ones between.
            lengths.Add(i % 7 < 5 ? 64 : random.Next(0, 1400));
            batch.Add((byte)(i % 200), Fill(i, lengths[i]));
        }

        Assert.Equal(300, batch.Count);
        await client.SendBatchAsync(batch).Soon();

        Assert.Equal(0, batch.Count);
        for (var i = 0; i < 300; i++)
        {
            var arrived = await server.ReceiveAsync().Soon();
            Assert.Equal(i % 200, arrived.Header);
            Assert.Equal(Fill(i, lengths[i]), arrived.Body.ToArray());
            Assert.Equal(client.LocalEndPoint, arrived.Peer.ToEndPoint());
        }

        Assert.Equal((300, 300), (client.Counters.Sent, server.Counters.Received));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Each_peer_gets_its_own_in_order(string way)
    {
        await using var client = Endpoints.Bind(Endpoints.Way(way));
        await using var one = Endpoints.Bind(Roomy(way));
        await using var two = Endpoints.Bind(Roomy(way));
        await using var three = Endpoints.Bind(Roomy(way));
        UdpDatagramEndpoint<byte>[] servers = [one, two, three];
        var batch = client.CreateBatch();
        for (var round = 0; round < 2; round++)
        {
            for (var i = 0; i < 200; i++)
            {
                batch.Add((byte)i, Fill(i, 64), servers[i % 3].Peer());
            }

            await client.SendBatchAsync(batch).Soon();
            for (var i = 0; i < 200; i++)
            {
                var arrived = await servers[i % 3].ReceiveAsync().Soon();
                Assert.Equal((byte)i, arrived.Header);
                Assert.Equal(Fill(i, 64), arrived.Body.ToArray());
            }
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Frames_to_one_peer_are_packed_by_option(string way)
    {
        await using var server = Endpoints.Bind(Roomy(way) with { MaxPackedLength = 100 });
        await using var client = Endpoints.Connect(server, Endpoints.Way(way) with { MaxPackedLength = 100 });
        var batch = client.CreateBatch();
        foreach (var length in new[] { 47, 47, 47, 200, 10, 10, 10 })
        {
            batch.Add(1, new byte[length]);
        }

        Assert.Equal(4, batch.Count);
        await client.SendBatchAsync(batch).Soon();
        foreach (var length in new[] { 47, 47, 47, 200, 10, 10, 10 })
        {
            Assert.Equal(length, (await server.ReceiveAsync().Soon()).Body.Length);
        }

        Assert.Equal(4, server.Counters.Received);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task What_was_received_together_is_answered_together(string way)
    {
        await using var server = Endpoints.Bind(Endpoints.Way(way));
        await using var one = Endpoints.Connect(server, Endpoints.Way(way));
        await using var other = Endpoints.Connect(server, Endpoints.Way(way));
        for (byte i = 0; i < 20; i++)
        {
            await one.SendAsync(i, new byte[] { i }).Soon();
            await other.SendAsync((byte)(i + 100), new byte[] { i }).Soon();
        }

        var answers = server.CreateBatch();
        for (var received = 0; received < 40;)
        {
            Assert.True(await server.WaitToReceiveAsync().Soon());
            for (; server.TryReceive(out var datagram); received++)
            {
                answers.Add(datagram.Header, datagram.Body, datagram.Peer);
            }

            await server.SendBatchAsync(answers).Soon();
        }

        for (byte i = 0; i < 20; i++)
        {
            Assert.Equal(i, (await one.ReceiveAsync().Soon()).Header);
            var answer = await other.ReceiveAsync().Soon();
            Assert.Equal((i + 100, i), (answer.Header, answer.Body.FirstSpan[0]));
        }
    }

    [Fact]
    public void What_is_added_behind_a_grouped_rest_joins_no_other_peer_s_datagram()
    {
        var (x, b) = (new DatagramPeer(new IPEndPoint(IPAddress.Loopback, 1)), new DatagramPeer(new IPEndPoint(IPAddress.Loopback, 2)));
        var batch = new OutgoingBatch(AddressFamily.InterNetwork, isConnected: false);
        foreach (var peer in new[] { x, b, x })
        {
            Add(batch, peer);
        }

        batch.GroupByPeer();
        Add(batch, x);
        Assert.Equal([10, 10, 10, 10], batch.Remaining.ToArray().Select(datagram => datagram.Length));

        static void Add(OutgoingBatch batch, DatagramPeer peer)
        {
            var offset = batch.Writer.Length;
            batch.Writer.Begin(1000);
            batch.Writer.Write(new byte[10]);
            batch.Add(offset, peer, maxPackedLength: 1000);
        }
    }

    [Fact]
    public async Task Frames_are_packed_into_no_more_than_a_datagram_may_hold()
    {
        await using var server = Endpoints.Bind(Endpoints.Offloaded with { MaxDatagramLength = 512, MaxPackedLength = 1200 });
        await using var client = Endpoints.Connect(server, Endpoints.Offloaded with { MaxDatagramLength = 512, MaxPackedLength = 1200 });
        var batch = client.CreateBatch();
        batch.Add(1, new byte[300]);
        batch.Add(2, new byte[300]);
        Assert.Equal(2, batch.Count);
        await client.SendBatchAsync(batch).Soon();
        Assert.Equal(1, (await server.ReceiveAsync().Soon()).Header);
        Assert.Equal(2, (await server.ReceiveAsync().Soon()).Header);
    }

    [Fact]
    public async Task A_refused_frame_leaves_the_batch_as_it_was()
    {
        await using var server = Endpoints.Bind();
        await using var client = Endpoints.Connect(server, Endpoints.Offloaded with { MaxDatagramLength = 100 });
        var batch = client.CreateBatch();
        batch.Add(1, new byte[5]);
        Assert.Throws<FramedSocketException>(() => batch.Add(2, new byte[200]));
        batch.Add(3, new byte[6]);

        await client.SendBatchAsync(batch).Soon();

        Assert.Equal(1, (await server.ReceiveAsync().Soon()).Header);
        Assert.Equal(3, (await server.ReceiveAsync().Soon()).Header);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_dead_port_is_counted_and_the_batch_goes_on(string way)
    {
        await using var client = UdpDatagramEndpoint.Connect(NoteCodec.Instance, Endpoints.DeadPort(), options: Endpoints.Way(way));
        var batch = client.CreateBatch();
        for (var i = 0; i < 100; i++)
        {
            batch.Add(1, new byte[i]);
        }

        await client.SendBatchAsync(batch).Soon();

        Assert.Equal(100, client.Counters.Sent);
        Assert.InRange(client.Counters.Refused, 1, 100);
    }

    [Fact]
    public async Task Offload_that_the_system_refuses_is_switched_off_and_nothing_is_lost()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        await using var server = Endpoints.Bind(Roomy("offloaded"));
        await using var client = Endpoints.Connect(server);

        // A socket that sends no checksums (SO_NO_CHECK) may not segment.
        client.Plumbing.Socket.SetRawSocketOption(1, 11, BitConverter.GetBytes(1));
        var batch = client.CreateBatch();
        for (var i = 0; i < 50; i++)
        {
            batch.Add((byte)i, new byte[20]);
        }

        Assert.True(((LinuxSink)client.Plumbing.Sink).IsOffloading);
        await client.SendBatchAsync(batch).Soon();

        Assert.False(((LinuxSink)client.Plumbing.Sink).IsOffloading);
        for (var i = 0; i < 50; i++)
        {
            Assert.Equal(i, (await server.ReceiveAsync().Soon()).Header);
        }
    }

    [Fact]
    public void Datagrams_longer_than_a_packet_only_lower_what_shares_one()
    {
        var offload = new SendOffload(isOffered: true);
        offload.Learn(9000);
        Assert.Equal(1472, offload.MaxSegmentLength);
        offload.Learn(1460);
        Assert.Equal(1232, offload.MaxSegmentLength);
        offload.Learn(64);
        Assert.Equal(0, offload.MaxSegmentLength);
    }

    [Fact]
    public async Task Another_endpoints_batch_is_refused()
    {
        await using var one = Endpoints.Bind();
        await using var two = Endpoints.Bind();

        await Assert.ThrowsAsync<ArgumentException>(async () => await one.SendBatchAsync(two.CreateBatch()));
    }

    private static UdpDatagramOptions Roomy(string way) => Endpoints.Way(way) with { Socket = new() { ReceiveBufferLength = 1 << 21 } };

    private static byte[] Fill(int seed, int length)
    {
        var body = new byte[length];
        new Random(seed).NextBytes(body);
        return body;
    }
}
