using System.Buffers;
using System.Net;
using System.Net.Sockets;
using FramedSockets.Tests.Support;
using FramedSockets.Udp;

namespace FramedSockets.Tests.Udp;

/// <summary>Zero bytes allocated for a datagram, both ways.</summary>
[Collection(nameof(Alone))]
public sealed class DatagramAllocationTests
{
    private static readonly byte[] Body = new byte[64];

    public static TheoryData<string> Ways => Endpoints.Ways;

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Sending_receiving_and_replying_allocate_nothing(string way)
    {
        await using var server = Endpoints.Bind(Way(way));
        await using var client = Endpoints.Bind(Way(way));
        var peer = server.Peer();

        Assert.Equal(0, Measure(Exchange));

        void Exchange()
        {
            Now(client.SendAsync(1, Body, peer));
            var request = server.Take();
            Now(request.ReplyAsync(2, request.Body));
            Assert.True(client.Take().Header == 2);
            Assert.True(client.TrySend(3, Body, peer));
            Assert.True(server.Take().Header == 3);
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Batches_allocate_nothing(string way)
    {
        await using var server = Endpoints.Bind(Way(way));
        await using var other = Endpoints.Bind(Way(way));
        await using var client = Endpoints.Bind(Way(way));
        var batch = client.CreateBatch();
        var peer = server.Peer();
        var otherPeer = other.Peer();

        Assert.Equal(0, Measure(SendBatch));

        void SendBatch()
        {
            for (var i = 0; i < 16; i++)
            {
                batch.Add(1, Body, peer);
                batch.Add(2, Body, otherPeer);
            }

            Now(client.SendBatchAsync(batch));
            for (var i = 0; i < 16; i++)
            {
                Assert.True(server.Take().Header == 1);
                Assert.True(other.Take().Header == 2);
            }
        }
    }

    [NeedsTheory(Need.Linux)]
    [MemberData(nameof(Ways))]
    public async Task Batches_that_are_sent_at_the_same_time_share_what_a_send_needs(string way)
    {
        const int Senders = 4, Rounds = 2_000;
        await using var server = Endpoints.Bind(Way(way));
        await using var client = Endpoints.Bind(Way(way));
        var peer = server.Peer();
        using var together = new Barrier(Senders);

        var sends = Enumerable.Range(0, Senders).Select(_ => Task.Factory.StartNew(Send, default, TaskCreationOptions.LongRunning, TaskScheduler.Default));
        var allocated = await Task.WhenAll(sends).Soon();

        // The system calls need some 24 KB, and each sender may make its own, and a second where two of them meet.
        Assert.InRange(allocated.Sum(), 0, 2 * Senders * 32 * 1024);

        long Send()
        {
            var batch = client.CreateBatch();
            together.SignalAndWait();
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var round = 0; round < Rounds; round++)
            {
                for (var i = 0; i < 16; i++)
                {
                    batch.Add(1, Body, peer);
                }

                var send = client.SendBatchAsync(batch);
                if (!send.IsCompletedSuccessfully)
                {
                    send.AsTask().GetAwaiter().GetResult();
                }
            }

            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_Unix_peer_costs_nothing_while_it_is_the_same(string way)
    {
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        await using var server = UdpDatagramEndpoint.Bind(NoteCodec.Instance, new UnixDomainSocketEndPoint(path), Way(way));
        await using var client = UdpDatagramEndpoint.Connect(
            NoteCodec.Instance, new UnixDomainSocketEndPoint(path), new UnixDomainSocketEndPoint(path + "-client"), Way(way));

        Assert.Equal(0, Measure(Exchange));

        void Exchange()
        {
            Now(client.SendAsync(1, Body));
            Now(server.Take().ReplyAsync(2, Body));
            Assert.True(client.Take().Header == 2);
        }
    }

    [NeedsTheory(Need.Optimized)]
    [InlineData("plain", 1)]
    [InlineData("plain", 4)]
    [InlineData("offloaded", 1)]
    [InlineData("offloaded", 4)]
    [InlineData("offloaded", 64)]
    public async Task Waits_and_handlers_allocate_nothing(string way, int receivers)
    {
        const int Rounds = 2_000;
        await using var server = Endpoints.Bind(Way(way));
        await using var client = Endpoints.Connect(server, Way(way));
        var run = server.RunAsync(datagram => datagram.ReplyAsync(datagram.Header, datagram.Body), new() { Receivers = receivers });
        var least = long.MaxValue;
        for (var attempt = 0; attempt < 10; attempt++)
        {
            // Everybody's bytes, on every thread; what the runtime itself needs now and then is in some attempts only.
            var before = GC.GetTotalAllocatedBytes(precise: true);
            await ExchangeAsync().Soon();
            least = Math.Min(least, GC.GetTotalAllocatedBytes(precise: true) - before);
        }

        Assert.InRange(least, 0, Rounds);
        await server.DisposeAsync();
        await run.Soon();

        async Task ExchangeAsync()
        {
            for (var i = 0; i < Rounds; i++)
            {
                await client.SendAsync(1, Body);
                Assert.True((await client.ReceiveAsync()).Header == 1);
            }
        }
    }

    [NeedsTheory(Need.Linux)]
    [MemberData(nameof(Ways))]
    public async Task A_hundred_thousand_peers_leave_nothing_behind(string way)
    {
        const int Datagrams = 100_000;
        await using var server = Endpoints.Bind(Way(way));
        var target = server.LocalEndPoint!.Serialize();
        var note = Endpoints.Note(3);
        var peers = new HashSet<DatagramPeer>(Datagrams);
        var allocated = 0L;
        foreach (var address in new[] { "127.0.0.77", "127.0.0.78" })
        {
            var endPoint = new IPEndPoint(IPAddress.Parse(address), 1024);
            for (; endPoint.Port < IPEndPoint.MaxPort && peers.Count < Datagrams; endPoint.Port++)
            {
                using var peer = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
                peer.Bind(endPoint);
                peer.SendTo(note, SocketFlags.None, target);
                var before = GC.GetAllocatedBytesForCurrentThread();
                var from = server.Take().Peer;
                allocated += GC.GetAllocatedBytesForCurrentThread() - before;
                Assert.True(peers.Add(from));
            }
        }

        // What is remembered needs memory: 6 MB at 64 bytes a peer. The receive buffers take 2 MB, once.
        Assert.InRange(allocated, 0, 4 * 1024 * 1024);
        Assert.Equal(Datagrams, server.Counters.Received);
        Assert.Equal(Datagrams, peers.Count);
    }

    private static long Measure(Action work)
    {
        var least = long.MaxValue;
        for (var round = 0; round < 10; round++)
        {
            // A busy system delivers late now and then, and that round pays for the wait.
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 100; i++)
            {
                work();
            }

            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }

    private static void Now(ValueTask task)
    {
        Assert.True(task.IsCompletedSuccessfully);
        task.GetAwaiter().GetResult();
    }

    private static T Now<T>(ValueTask<T> task)
    {
        Assert.True(task.IsCompletedSuccessfully);
        return task.Result;
    }

    /// <summary>With the pool that users have: one that poisons allocates.</summary>
    private static UdpDatagramOptions Way(string way) => Endpoints.Way(way) with { Pool = ArrayPool<byte>.Shared };
}
