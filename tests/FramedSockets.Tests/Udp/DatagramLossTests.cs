using System.Net;
using System.Net.Sockets;
using FramedSockets.Tests.Support;
using FramedSockets.Udp;

namespace FramedSockets.Tests.Udp;

public sealed class DatagramLossTests
{
    public static TheoryData<string> Ways => Endpoints.Ways;

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_datagram_over_the_limit_is_counted_and_the_next_is_delivered(string way)
    {
        await using var server = Endpoints.Bind(Endpoints.Way(way) with { MaxDatagramLength = 512 });
        using var peer = Endpoints.RawSocket();
        peer.SendTo(Endpoints.Note(1, new byte[510]), server.LocalEndPoint!);
        peer.SendTo(Endpoints.Note(2, new byte[509]), server.LocalEndPoint!);

        var arrived = await server.ReceiveAsync().Soon();

        Assert.Equal(2, arrived.Header);
        Assert.Equal(509, arrived.Body.Length);
        Assert.Equal((1, 0, 1), (server.Counters.Truncated, server.Counters.Malformed, server.Counters.Received));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Whatever_is_not_exactly_one_frame_is_malformed(string way)
    {
        byte[][] malformed =
        [
            [],
            [1],
            [0xFF, 0, 0],
            [1, 0, 2, 0x99],
            [1, 0, 0, 0x99],
            [.. Endpoints.Note(1, 0x99), .. Endpoints.Note(2, 0x99)],
        ];
        await using var server = Endpoints.Bind(Endpoints.Way(way));
        using var peer = Endpoints.RawSocket();
        foreach (var datagram in malformed)
        {
            peer.SendTo(datagram, server.LocalEndPoint!);
        }

        peer.SendTo(Endpoints.Note(5), server.LocalEndPoint!);

        Assert.Equal(5, (await server.ReceiveAsync().Soon()).Header);
        Assert.Equal((malformed.Length, 1), (server.Counters.Malformed, server.Counters.Received));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Several_frames_in_a_datagram_are_taken_by_option_and_all_or_none(string way)
    {
        await using var server = Endpoints.Bind(Endpoints.Way(way) with { MaxPackedLength = 1200 });
        using var peer = Endpoints.RawSocket();
        peer.SendTo([.. Endpoints.Note(1, 0x99), .. Endpoints.Note(2), 0x99], server.LocalEndPoint!);
        peer.SendTo([.. Endpoints.Note(3, 0x99), .. Endpoints.Note(4), .. Endpoints.Note(5, 0x99)], server.LocalEndPoint!);

        foreach (var header in new byte[] { 3, 4, 5 })
        {
            Assert.Equal(header, (await server.ReceiveAsync().Soon()).Header);
        }

        Assert.Equal((1, 1), (server.Counters.Malformed, server.Counters.Received));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Sixty_five_thousand_five_hundred_and_seven_bytes_go_and_one_more_is_refused(string way)
    {
        await using var server = UdpDatagramEndpoint.Bind(WholeCodec.Instance, Endpoints.AnyPort, Endpoints.Way(way));
        await using var client = UdpDatagramEndpoint.Connect(WholeCodec.Instance, server.LocalEndPoint!, options: Endpoints.Way(way));
        await client.SendAsync(default, new byte[65_507]).Soon();
        Assert.Equal(65_507, (await server.ReceiveAsync().Soon()).Body.Length);

        var e = await Assert.ThrowsAsync<FramedSocketException>(async () => await client.SendAsync(default, new byte[65_508]));

        Assert.Equal(FramedSocketError.BodyTooLong, e.Error);
        Assert.Contains("65508", e.Message);
        Assert.Contains("65507", e.Message);
        Assert.Throws<FramedSocketException>(() => client.TrySend(default, new byte[65_508]));
        Assert.Throws<FramedSocketException>(() => client.CreateBatch().Add(default, new byte[65_508]));
        Assert.Equal((3, 1), (client.Counters.TooLarge, client.Counters.Sent));
    }

    [Fact]
    public async Task An_empty_datagram_carries_no_frame()
    {
        await using var server = UdpDatagramEndpoint.Bind(WholeCodec.Instance, Endpoints.AnyPort);
        await using var client = UdpDatagramEndpoint.Connect(WholeCodec.Instance, server.LocalEndPoint!);

        var e = await Assert.ThrowsAsync<FramedSocketException>(async () => await client.SendAsync(default, ReadOnlyMemory<byte>.Empty));

        Assert.Equal(FramedSocketError.UnframeableBody, e.Error);
        Assert.Equal(0, client.Counters.Sent);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_dead_port_is_counted_once_and_the_endpoint_goes_on(string way)
    {
        var dead = Endpoints.DeadPort();
        await using var client = UdpDatagramEndpoint.Connect(NoteCodec.Instance, dead, options: Endpoints.Way(way));
        var receive = client.ReceiveAsync().AsTask();
        await client.SendAsync(1, new byte[] { 1 }).Soon();
        using var peer = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        peer.Bind(dead);
        peer.SendTo(Endpoints.Note(2), client.LocalEndPoint!);

        Assert.Equal(2, (await receive.Soon()).Header);
        Assert.Equal((1, 1), (client.Counters.Refused, client.Counters.Sent));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_send_after_a_refusal_is_sent_and_the_refusal_counted(string way)
    {
        var dead = Endpoints.DeadPort();
        await using var client = UdpDatagramEndpoint.Connect(NoteCodec.Instance, dead, options: Endpoints.Way(way));
        await client.SendAsync(1, new byte[] { 1 }).Soon();
        using var peer = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        peer.Bind(dead);

        await client.SendAsync(2, new byte[] { 1 }).Soon();

        Assert.Equal(4, peer.Receive(new byte[9]));
        Assert.Equal((1, 2), (client.Counters.Refused, client.Counters.Sent));
    }

    [Fact]
    public async Task Garbage_is_never_answered()
    {
        await using var one = Endpoints.Bind();
        await using var other = Endpoints.Bind();
        var runs = Task.WhenAll(one.RunAsync(Echo), other.RunAsync(Echo));
        using var forger = Endpoints.RawSocket();
        Assert.True(one.TrySend(0xFF, [], other.Peer()));
        await Timeouts.Until(() => other.Counters.Malformed == 1);

        forger.SendTo(Endpoints.Note(1), one.LocalEndPoint!);
        Assert.Equal(3, await forger.ReceiveAsync(new byte[9]).Soon());

        // A reply may be here before the call that sent it has returned and was counted: both have when the runs have ended.
        await one.DisposeAsync();
        await other.DisposeAsync();
        await runs.Soon();
        Assert.Equal((0, 0), (other.Counters.Sent, other.Counters.Received));
        Assert.Equal((2, 0), (one.Counters.Sent, one.Counters.Malformed));

        static ValueTask Echo(Datagram<byte> datagram) => datagram.ReplyAsync(datagram.Header, datagram.Body);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_flood_of_garbage_costs_no_memory_and_no_frame(string way)
    {
        await using var server = Endpoints.Bind(Endpoints.Way(way) with { Socket = new() { ReceiveBufferLength = 1 << 20 } });
        using var peer = Endpoints.RawSocket();
        var target = server.LocalEndPoint!.Serialize();
        byte[] note = Endpoints.Note(3), garbage = [1, 9, 9, 9];
        var allocated = 0L;
        for (var round = 0; round < 200; round++)
        {
            for (var i = 0; i < 100; i++)
            {
                peer.SendTo(garbage, SocketFlags.None, target);
            }

            peer.SendTo(note, SocketFlags.None, target);
            var before = GC.GetAllocatedBytesForCurrentThread();
            var receive = server.ReceiveAsync();
            allocated += round > 0 ? GC.GetAllocatedBytesForCurrentThread() - before : 0;
            Assert.Equal(3, (await receive.Soon()).Header);
        }

        // The first receive makes the buffers. After that a datagram of garbage costs nothing, and no exception: what is left
        // is at most a wait a round, where a busy system delivers late.
        Assert.InRange(allocated, 0, 200 * 1024);
        var counters = server.Counters;
        Assert.Equal(20_000, counters.Malformed + (counters.DroppedBySystem ?? 0));
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("batched")]
    public async Task What_arrives_is_delivered_or_counted(string way)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        const int Total = 1_000_000;
        await using var server = Endpoints.Bind(Endpoints.Way(way) with { MaxDatagramLength = 600 });
        var received = 0L;
        var run = server.RunAsync(
            _ =>
            {
                received++;
                return default;
            });
        var senders = Enumerable.Range(0, 2).Select(_ => Task.Run(() => Flood(server, Total / 2)));
        var sent = (await Task.WhenAll(senders).WaitAsync(TimeSpan.FromSeconds(120))).Sum();
        Assert.Equal(Total, sent);

        // Loopback hands a datagram over, or drops it, before the send returns; so only the reader has to catch up.
        await Timeouts.Until(() => Sum(server.Counters) >= Total);

        await server.DisposeAsync();
        await run.Soon();
        var counters = server.Counters;
        Assert.Equal(Total, Sum(counters));
        Assert.Equal(counters.Received, received);
        Assert.True(counters.Malformed > 0);
        Assert.True(counters.Truncated > 0);

        static long Sum(DatagramCounters c) => c.Received + c.Malformed + c.Truncated + c.Dropped + c.DroppedBySystem!.Value;
    }

    private static long Flood(UdpDatagramEndpoint<byte> server, int count)
    {
        using var peer = Endpoints.RawSocket();
        var target = ((IPEndPoint)server.LocalEndPoint!).Serialize();
        byte[] good = Endpoints.Note(1, new byte[61]), bad = [0xFF, 1], tooLong = new byte[601];
        var sent = 0L;
        for (var i = 0; i < count; i++)
        {
            _ = peer.SendTo(i % 1000 == 7 ? bad : i % 1000 == 8 ? tooLong : good, SocketFlags.None, target);
            sent++;
        }

        return sent;
    }
}
