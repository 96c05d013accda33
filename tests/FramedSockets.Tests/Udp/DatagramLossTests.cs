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
        await using var server = UdpDatagramEndpoint.Bind(WholeCodec.Instance, Endpoints.AnyPort, Endpoints.Offloaded);
        await using var client = UdpDatagramEndpoint.Connect(WholeCodec.Instance, server.LocalEndPoint!, options: Endpoints.Offloaded);

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

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Duplicates_and_late_ones_are_delivered_as_they_come(string way)
    {
        byte[] headers = [2, 1, 1, 3, 2];
        await using var server = Endpoints.Bind(Endpoints.Way(way));
        using var peer = Endpoints.RawSocket();
        foreach (var header in headers)
        {
            peer.SendTo(Endpoints.Note(header), server.LocalEndPoint!);
        }

        foreach (var header in headers)
        {
            Assert.Equal(header, (await server.ReceiveAsync().Soon()).Header);
        }

        Assert.Equal(headers.Length, server.Counters.Received);
    }
}
