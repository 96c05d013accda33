using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using FramedSockets.Tests.Support;
using FramedSockets.Udp;
using FramedSockets.Udp.Linux;

namespace FramedSockets.Tests.Udp;

/// <summary>Peers that an endpoint cannot send to, and the batches that hold others' datagrams beside theirs.</summary>
public sealed class DatagramUnreachableTests : IDisposable
{
    private static readonly byte[] Body = [1, 2, 3];

    /// <summary>No address of this machine, so that a socket that is bound to its own has no way there.</summary>
    private static readonly DatagramPeer Elsewhere = new(new IPEndPoint(IPAddress.Parse("192.0.2.1"), 9));

    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public static TheoryData<string> Ways => Endpoints.Ways;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_peer_that_this_address_cannot_reach_holds_up_no_other(string way)
    {
        await using var server = Endpoints.Bind(Endpoints.Way(way));
        await using var good = Endpoints.Bind(Endpoints.Way(way));
        var batch = server.CreateBatch();
        batch.Add(1, Body, Elsewhere);
        batch.Add(2, Body, Elsewhere);
        batch.Add(3, Body, good.Peer());
        batch.Add(4, Body, good.Peer());

        for (var left = 3; left >= 2; left--)
        {
            _ = await server.SendBatchAsync(batch).Soon().Fails(FramedSocketError.TransportFailed);
            Assert.Equal(left, batch.Count);
        }

        await server.SendBatchAsync(batch).Soon();
        Assert.Equal((3, 4), ((await good.ReceiveAsync().Soon()).Header, (await good.ReceiveAsync().Soon()).Header));

        // What was refused was the peer, and not that two datagrams went as one packet.
        Assert.True(server.Plumbing.Sink is not LinuxSink sink || way != "offloaded" || sink.IsOffloading);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_batch_that_fails_again_and_again_takes_no_more_room(string way)
    {
        await using var server = Endpoints.Bind(Endpoints.Way(way));
        await using var one = Endpoints.Bind(Endpoints.Way(way));
        await using var other = Endpoints.Bind(Endpoints.Way(way));
        var batch = server.CreateBatch();
        var others = 0;
        for (var round = 0; round < 500; round++)
        {
            // Each send stops at the peer in the middle, so that where datagrams keep their order the batch is never empty.
            batch.Add((byte)(round % 100), new byte[1000], one.Peer());
            batch.Add(200, new byte[900], Elsewhere);
            batch.Add((byte)(round % 100), new byte[1000], other.Peer());
            _ = await server.SendBatchAsync(batch).Soon().Fails(FramedSocketError.TransportFailed);
            Assert.InRange(batch.Count, 0, 1);
            Assert.Equal(round % 100, (await one.ReceiveAsync().Soon()).Header);
            for (; others < server.Counters.Sent - round - 1; others++)
            {
                Assert.Equal(others % 100, (await other.ReceiveAsync().Soon()).Header);
            }
        }

        batch.Clear();
        for (var round = 0; round < 500; round++)
        {
            // And here each empties it.
            batch.Add(201, new byte[1000], Elsewhere);
            _ = await server.SendBatchAsync(batch).Soon().Fails(FramedSocketError.TransportFailed);
            Assert.Equal(0, batch.Count);
        }

        Assert.InRange(batch.Outgoing.Writer.Array.Length, 1, 20_000);
    }

    [NeedsTheory(Need.Linux)]
    [MemberData(nameof(Ways))]
    public async Task A_Unix_peer_that_has_ended_its_reading_holds_up_no_other(string way)
    {
        using var deaf = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        deaf.Bind(At("deaf"));
        deaf.Shutdown(SocketShutdown.Receive);
        await AssertHoldsUpNoOtherAsync(way, At("deaf"));
    }

    [NeedsTheory(Need.Linux)]
    [MemberData(nameof(Ways))]
    public async Task A_Unix_path_that_is_a_stream_s_now_holds_up_no_other(string way)
    {
        using var stream = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        stream.Bind(At("stream"));
        stream.Listen();
        await AssertHoldsUpNoOtherAsync(way, At("stream"));
    }

    // .NET has no names for these errors, so that an endpoint of plain sockets cannot tell them from any other.
    [NeedsTheory(Need.Linux)]
    [InlineData("batched")]
    [InlineData("offloaded")]
    public async Task A_Unix_path_that_leads_nowhere_holds_up_no_other(string way)
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "file"), string.Empty);
        _ = File.CreateSymbolicLink(Path.Combine(_folder, "loop"), Path.Combine(_folder, "loop"));
        await AssertHoldsUpNoOtherAsync(way, At("file/x"));
        await AssertHoldsUpNoOtherAsync(way, At("loop"));
    }

    [Theory]
    [InlineData(19, SocketError.AddressNotAvailable)]
    [InlineData(20, SocketError.AddressNotAvailable)]
    [InlineData(40, SocketError.AddressNotAvailable)]
    [InlineData(64, SocketError.HostUnreachable)]
    [InlineData(71, SocketError.HostUnreachable)]
    [InlineData(91, SocketError.ProtocolType)]
    [InlineData(92, SocketError.HostUnreachable)]
    [InlineData(133, SocketError.SocketError)]
    public void Error_numbers_have_names(int number, SocketError error)
    {
        Marshal.SetLastPInvokeError(number);
        Assert.Equal(error, Errno.Last);
    }

    private UnixDomainSocketEndPoint At(string name) => new(Path.Combine(_folder, name));

    private async Task AssertHoldsUpNoOtherAsync(string way, UnixDomainSocketEndPoint bad)
    {
        await using var server = UdpDatagramEndpoint.Bind(NoteCodec.Instance, At("server"), Endpoints.Way(way));
        await using var good = UdpDatagramEndpoint.Bind(NoteCodec.Instance, At("good"), Endpoints.Way(way));
        var batch = server.CreateBatch();
        batch.Add(1, Body, new(bad));
        batch.Add(2, Body, good.Peer());
        _ = await server.SendBatchAsync(batch).Soon().Fails(FramedSocketError.TransportFailed);
        await server.SendBatchAsync(batch).Soon();
        Assert.Equal(2, (await good.ReceiveAsync().Soon()).Header);
    }
}
