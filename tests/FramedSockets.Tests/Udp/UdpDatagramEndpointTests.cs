using System.Buffers;
using System.Net;
using System.Net.Sockets;
using FramedSockets.Codecs;
using FramedSockets.Tests.Support;
using FramedSockets.Udp;

namespace FramedSockets.Tests.Udp;

public sealed class UdpDatagramEndpointTests
{
    private static readonly byte[] Body = [1, 2, 3];

    public static TheoryData<string> Ways => Endpoints.Ways;

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_frame_goes_there_and_back(string way)
    {
        await using var server = Endpoints.Bind(Endpoints.Way(way));
        await using var client = Endpoints.Connect(server, Endpoints.Way(way));

        await client.SendAsync(7, Body).Soon();
        var request = await server.ReceiveAsync().Soon();
        Assert.Equal(7, request.Header);
        Assert.Equal(Body, request.Body.ToArray());
        Assert.Equal(client.LocalEndPoint, request.Peer.ToEndPoint());

        await request.ReplyAsync(8, request.Body).Soon();
        var answer = await client.ReceiveAsync().Soon();
        Assert.Equal(8, answer.Header);
        Assert.Equal(Body, answer.Body.ToArray());
        Assert.Equal(server.Peer(), answer.Peer);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Frames_of_many_lengths_arrive_in_order_and_intact(string way)
    {
        await using var server = Endpoints.Bind(Endpoints.Way(way));
        await using var client = Endpoints.Connect(server, Endpoints.Way(way));
        foreach (var length in new[] { 0, 1, 1200, 1472, 1473, 9000, 32_768, 65_504 })
        {
            var body = new byte[length];
            new Random(length).NextBytes(body);
            await client.SendAsync(1, body).Soon();
            var arrived = await server.ReceiveAsync().Soon();
            Assert.Equal(body, arrived.Body.ToArray());
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task TrySend_and_TryReply_send(string way)
    {
        await using var server = Endpoints.Bind(Endpoints.Way(way));
        await using var client = Endpoints.Bind(Endpoints.Way(way));

        Assert.True(client.TrySend(1, Body, server.Peer()));
        Assert.True((await server.ReceiveAsync().Soon()).TryReply(2, Body));
        Assert.Equal(2, (await client.ReceiveAsync().Soon()).Header);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_body_in_pieces_is_sent_whole(string way)
    {
        await using var server = Endpoints.Bind(Endpoints.Way(way));
        await using var client = Endpoints.Connect(server, Endpoints.Way(way));
        var end = new Piece([4, 5], 3);
        var pieces = new ReadOnlySequence<byte>(new Piece(Body, 0, end), 0, end, 2);

        await client.SendAsync(1, pieces).Soon();

        Assert.Equal([1, 2, 3, 4, 5], (await server.ReceiveAsync().Soon()).Body.ToArray());
    }

    [NeedsTheory(Need.IPv6)]
    [InlineData("plain", "::1", "::1")]
    [InlineData("offloaded", "::1", "::1")]
    [InlineData("plain", "::", "127.0.0.1")]
    [InlineData("offloaded", "::", "127.0.0.1")]
    [InlineData("offloaded", "::", "::1")]
    public async Task IPv6_and_dual_mode_talk(string way, string bind, string send)
    {
        await using var server = UdpDatagramEndpoint.Bind(NoteCodec.Instance, new IPEndPoint(IPAddress.Parse(bind), 0), Endpoints.Way(way));
        var target = new IPEndPoint(IPAddress.Parse(send), ((IPEndPoint)server.LocalEndPoint!).Port);
        await using var client = UdpDatagramEndpoint.Connect(NoteCodec.Instance, target, options: Endpoints.Way(way));

        await client.SendAsync(1, Body).Soon();
        var request = await server.ReceiveAsync().Soon();
        Assert.Equal(client.LocalEndPoint, request.Peer.ToEndPoint());
        await request.ReplyAsync(2, Body).Soon();
        Assert.Equal(2, (await client.ReceiveAsync().Soon()).Header);

        await server.SendAsync(3, Body, new DatagramPeer(client.LocalEndPoint!)).Soon();
        Assert.Equal(3, (await client.ReceiveAsync().Soon()).Header);
    }

    [NeedsFact(Need.Linux)]
    public async Task An_endpoint_that_is_connected_to_any_address_knows_whom_it_reached()
    {
        await using var server = UdpDatagramEndpoint.Bind(NoteCodec.Instance, new IPEndPoint(IPAddress.Any, 0), Endpoints.Offloaded);
        await using var client = UdpDatagramEndpoint.Connect(NoteCodec.Instance, server.LocalEndPoint!, options: Endpoints.Offloaded);

        await client.SendAsync(1, Body).Soon();
        await (await server.ReceiveAsync().Soon()).ReplyAsync(2, Body).Soon();
        await (await client.ReceiveAsync().Soon()).ReplyAsync(3, Body).Soon();

        Assert.Equal(3, (await server.ReceiveAsync().Soon()).Header);
        Assert.Equal(IPAddress.Loopback, ((IPEndPoint)client.RemoteEndPoint!).Address);
    }

    [Fact]
    public async Task A_body_goes_back_as_it_came()
    {
        await using var server = UdpDatagramEndpoint.Bind(new LengthPrefixCodec(), Endpoints.AnyPort, Endpoints.Offloaded);
        await using var client = UdpDatagramEndpoint.Connect(new LengthPrefixCodec(), server.LocalEndPoint!, options: Endpoints.Offloaded);
        var asked = client.CreateBatch();
        asked.Add(default, new ReadOnlySequence<byte>(Body));
        await client.SendBatchAsync(asked).Soon();
        var request = await server.ReceiveAsync().Soon();
        Assert.True(request.TryReply(request.Body));
        Assert.True(server.TrySend(default, request.Body, request.Peer));
        var answer = server.CreateBatch();
        answer.Add(default, request.Body, request.Peer);
        await server.SendBatchAsync(answer).Soon();
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(Body, (await client.ReceiveAsync().Soon()).Body.ToArray());
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Unix_datagrams_talk_and_leave_no_file(string way)
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            var path = Path.Combine(folder.FullName, "server");
            await using (var server = UdpDatagramEndpoint.Bind(NoteCodec.Instance, new UnixDomainSocketEndPoint(path), Endpoints.Way(way)))
            await using (var client = UdpDatagramEndpoint.Connect(
                NoteCodec.Instance, new UnixDomainSocketEndPoint(path), new UnixDomainSocketEndPoint(path + "-client"), Endpoints.Way(way)))
            {
                await client.SendAsync(1, Body).Soon();
                var request = await server.ReceiveAsync().Soon();
                Assert.Equal(path + "-client", request.Peer.ToString());
                await request.ReplyAsync(2, Body).Soon();
                Assert.Equal(2, (await client.ReceiveAsync().Soon()).Header);
            }

            Assert.Empty(folder.GetFiles());
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task An_unnamed_Unix_sender_cannot_be_answered(string way)
    {
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        await using var server = UdpDatagramEndpoint.Bind(NoteCodec.Instance, new UnixDomainSocketEndPoint(path), Endpoints.Way(way));
        await using var client = UdpDatagramEndpoint.Connect(NoteCodec.Instance, new UnixDomainSocketEndPoint(path), options: Endpoints.Way(way));

        await client.SendAsync(1, Body).Soon();
        var request = await server.ReceiveAsync().Soon();

        Assert.Equal(default, request.Peer);
        Assert.Throws<ArgumentException>(() => request.TryReply(2, Body));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_Unix_peer_that_is_gone_does_not_hold_up_a_batch_for_others(string way)
    {
        var folder = Directory.CreateTempSubdirectory();
        var path = Path.Combine(folder.FullName, "server");
        await using var server = UdpDatagramEndpoint.Bind(NoteCodec.Instance, new UnixDomainSocketEndPoint(path), Endpoints.Way(way));
        await using var good = UdpDatagramEndpoint.Bind(NoteCodec.Instance, new UnixDomainSocketEndPoint(path + "-good"), Endpoints.Way(way));
        var batch = server.CreateBatch();
        batch.Add(1, Body, new(new UnixDomainSocketEndPoint(path + "-gone")));
        batch.Add(2, Body, good.Peer());
        batch.Add(3, Body, good.Peer());
        _ = await server.SendBatchAsync(batch).Soon().Fails(FramedSocketError.TransportFailed);
        Assert.Equal(2, batch.Count);
        await server.SendBatchAsync(batch).Soon();
        Assert.Equal(2, (await good.ReceiveAsync().Soon()).Header);
        Assert.Equal(3, (await good.ReceiveAsync().Soon()).Header);
        Assert.Equal((2, 0), (server.Counters.Sent, server.Counters.Refused));
        folder.Delete(recursive: true);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_full_Unix_receiver_makes_a_sender_wait_who_is_not_connected_to_it(string way)
    {
        var folder = Directory.CreateTempSubdirectory();
        var path = Path.Combine(folder.FullName, "server");
        await using var server = UdpDatagramEndpoint.Bind(NoteCodec.Instance, new UnixDomainSocketEndPoint(path), Endpoints.Way(way));
        await using var other = UdpDatagramEndpoint.Bind(NoteCodec.Instance, new UnixDomainSocketEndPoint(path + "-other"), Endpoints.Way(way));
        await using var sender = UdpDatagramEndpoint.Bind(NoteCodec.Instance, new UnixDomainSocketEndPoint(path + "-sender"), Endpoints.Way(way));
        var sent = 0;
        while (other.TrySend(1, Body, server.Peer()))
        {
            sent++;
        }

        // Nothing of this sender's own is in the receiver's queue, so nothing that leaves it tells this one.
        var send = sender.SendAsync(2, Body, server.Peer()).Soon();
        Assert.False(send.IsCompleted);
        for (; sent > 0; sent--)
        {
            Assert.Equal(1, (await server.ReceiveAsync().Soon()).Header);
        }

        await send;
        Assert.Equal(2, (await server.ReceiveAsync().Soon()).Header);
        folder.Delete(recursive: true);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_Unix_peer_that_is_gone_is_an_error_and_not_the_end(string way)
    {
        var folder = Directory.CreateTempSubdirectory();
        var path = Path.Combine(folder.FullName, "server");
        var server = UdpDatagramEndpoint.Bind(NoteCodec.Instance, new UnixDomainSocketEndPoint(path), Endpoints.Way(way));
        await using var client = UdpDatagramEndpoint.Connect(
            NoteCodec.Instance, new UnixDomainSocketEndPoint(path), new UnixDomainSocketEndPoint(path + "-client"), Endpoints.Way(way));
        await server.DisposeAsync();

        for (var i = 0; i < 2; i++)
        {
            var e = await Assert.ThrowsAsync<FramedSocketException>(() => client.SendAsync(1, Body).Soon());
            Assert.Equal(FramedSocketError.TransportFailed, e.Error);
            Assert.Contains("Connect a new endpoint", e.Message);
        }

        Assert.Equal((1, 0), (client.Counters.Refused, client.Counters.Sent));

        // Its file goes with its folder, which harms no disposal.
        folder.Delete(recursive: true);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_raw_datagram_is_its_body(string way)
    {
        await using var server = UdpDatagramEndpoint.Bind(new RawCodec(), Endpoints.AnyPort, Endpoints.Way(way));
        await using var client = UdpDatagramEndpoint.Connect(new RawCodec(), server.LocalEndPoint!, options: Endpoints.Way(way));

        await client.SendAsync(Body).Soon();
        var request = await server.ReceiveAsync().Soon();
        await request.ReplyAsync(request.Body).Soon();
        await server.SendAsync(Body, request.Peer).Soon();

        Assert.Equal(Body, (await client.ReceiveAsync().Soon()).Body.ToArray());
        Assert.Equal(Body, (await client.ReceiveAsync().Soon()).Body.ToArray());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1200)]
    public async Task A_frame_is_whole_whatever_a_stream_may_hold_in_memory(int packed)
    {
        var options = Endpoints.Offloaded with { MaxPackedLength = packed, Limits = new() { MaxBodyLength = 8, MaxBufferedBodyLength = 2 } };
        await AssertWhole(new RawCodec());
        await AssertWhole(new LineCodec());

        async Task AssertWhole(IHeaderCodec<NoHeader> codec)
        {
            await using var server = UdpDatagramEndpoint.Bind(codec, Endpoints.AnyPort, options);
            await using var client = UdpDatagramEndpoint.Connect(codec, server.LocalEndPoint!, options: options);
            await client.SendAsync(Body).Soon();
            Assert.Equal(Body, (await server.ReceiveAsync().Soon()).Body.ToArray());
            var batch = client.CreateBatch();
            batch.Add(default, Body);
            await client.SendBatchAsync(batch).Soon();
            Assert.Equal(Body, (await server.ReceiveAsync().Soon()).Body.ToArray());
            Assert.Equal(0, server.Counters.Malformed);
        }
    }

    [Fact]
    public async Task A_stale_datagram_throws()
    {
        await using var server = Endpoints.Bind();
        await using var client = Endpoints.Connect(server);
        await client.SendAsync(1, Body).Soon();
        var first = await server.ReceiveAsync().Soon();
        var kept = first.Frame.ToOwned();
        await client.SendAsync(2, Body).Soon();
        _ = await server.ReceiveAsync().Soon();

        Assert.Throws<InvalidOperationException>(() => first.Body);
        Assert.Equal(1, first.Header);
        Assert.Equal(Body, kept.Body.ToArray());
        kept.Dispose();
    }

    [Fact]
    public async Task A_bound_endpoint_wants_a_peer_and_a_connected_one_no_other()
    {
        await using var server = Endpoints.Bind();
        await using var client = Endpoints.Connect(server);

        Assert.Throws<InvalidOperationException>(() => server.TrySend(1, Body));
        Assert.Throws<InvalidOperationException>(() => client.TrySend(1, Body, client.Peer()));
        Assert.True(client.TrySend(1, Body, server.Peer()));
        Assert.Throws<ArgumentException>(() => server.TrySend(1, Body, new DatagramPeer(new IPEndPoint(IPAddress.IPv6Loopback, 9))));
        Assert.Throws<ArgumentException>(() => server.TrySend(1, Body, new DatagramPeer(new IPEndPoint(IPAddress.Loopback, 0))));
        Assert.Throws<ArgumentException>(() => server.TrySend(1, Body, default));
    }

    [NeedsTheory(Need.IPv6)]
    [MemberData(nameof(Ways))]
    public async Task An_IPv6_endpoint_that_takes_no_IPv4_refuses_its_peers(string way)
    {
        await using var endpoint = UdpDatagramEndpoint.Bind(
            NoteCodec.Instance, new IPEndPoint(IPAddress.IPv6Any, 0), Endpoints.Way(way) with { Socket = new() { DualMode = false } });
        var peer = new DatagramPeer(new IPEndPoint(IPAddress.Loopback, 9));

        Assert.Throws<ArgumentException>(() => endpoint.TrySend(1, Body, peer));
        Assert.Throws<ArgumentException>(() => endpoint.CreateBatch().Add(1, Body, peer));
    }

    [Fact]
    public void A_name_is_refused() =>
        Assert.Throws<ArgumentException>(() => UdpDatagramEndpoint.Bind(NoteCodec.Instance, new DnsEndPoint("localhost", 0)));

    [Fact]
    public async Task A_port_in_use_throws_what_bind_throws()
    {
        await using var server = Endpoints.Bind();

        var e = Assert.Throws<SocketException>(() => UdpDatagramEndpoint.Bind(NoteCodec.Instance, server.LocalEndPoint!));

        Assert.Equal(SocketError.AddressAlreadyInUse, e.SocketErrorCode);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_cancelled_receive_loses_nothing(string way)
    {
        await using var server = Endpoints.Bind(Endpoints.Way(way));
        await using var client = Endpoints.Connect(server, Endpoints.Way(way));
        using var cancellation = new CancellationTokenSource();

        var receive = server.ReceiveAsync(cancellation.Token).AsTask();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => receive.Soon());
        await client.SendAsync(1, Body).Soon();

        Assert.Equal(1, (await server.ReceiveAsync().Soon()).Header);
    }

    [Fact]
    public async Task A_second_receiver_is_refused()
    {
        await using var server = Endpoints.Bind();
        var first = server.ReceiveAsync().AsTask();

        var second = await Assert.ThrowsAsync<InvalidOperationException>(() => server.ReceiveAsync().Soon());
        Assert.DoesNotContain("connection", second.Message);

        await server.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => first.Soon());
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(byte[] bytes, long at, Piece? next = null)
        {
            Memory = bytes;
            RunningIndex = at;
            Next = next;
        }
    }
}
