using System.Buffers;
using FramedSockets.Codecs;
using FramedSockets.Tests.Support;
using FramedSockets.Udp;

namespace FramedSockets.Tests.Udp;

public sealed class NoHeaderDatagramTests
{
    [Fact]
    public async Task Where_a_frame_is_its_body_nobody_names_a_header()
    {
        await using var server = UdpDatagramEndpoint.Bind(new LengthPrefixCodec(), Endpoints.AnyPort, Endpoints.Offloaded);
        await using var client = UdpDatagramEndpoint.Connect(new LengthPrefixCodec(), server.LocalEndPoint!, options: Endpoints.Offloaded);
        await using var other = UdpDatagramEndpoint.Bind(new LengthPrefixCodec(), Endpoints.AnyPort, Endpoints.Offloaded);
        var peer = new DatagramPeer(server.LocalEndPoint!);
        await client.SendAsync(new byte[1]).Soon();
        await client.SendAsync(new ReadOnlySequence<byte>(new byte[2])).Soon();
        Assert.True(client.TrySend(new byte[3]));
        await other.SendAsync(new byte[4], peer).Soon();
        await other.SendAsync(new ReadOnlySequence<byte>(new byte[5]), peer).Soon();
        Assert.True(other.TrySend(new byte[6], peer));

        var connected = client.CreateBatch();
        connected.Add(new byte[7]);
        connected.Add(new ReadOnlySequence<byte>(new byte[8]));
        await client.SendBatchAsync(connected).Soon();
        var batch = other.CreateBatch();
        batch.Add(new byte[9], peer);
        batch.Add(new ReadOnlySequence<byte>(new byte[10]), peer);
        await other.SendBatchAsync(batch).Soon();

        for (var length = 1; length <= 10; length++)
        {
            Assert.Equal(length, (await server.ReceiveAsync().Soon()).Body.Length);
        }
    }
}
