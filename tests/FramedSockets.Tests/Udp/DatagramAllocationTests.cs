using System.Net.Sockets;

namespace FramedSockets.Tests.Udp;

/// <summary>Zero bytes allocated for a datagram, both ways. Nothing waits here.</summary>
[Collection(nameof(Support.Alone))]
public sealed class DatagramAllocationTests
{
    private static readonly byte[] Body = new byte[64];

    public static TheoryData<string> Ways => Endpoints.Ways;

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Sending_receiving_and_replying_allocate_nothing(string way)
    {
        await using var server = Endpoints.Bind(Endpoints.Way(way));
        await using var client = Endpoints.Bind(Endpoints.Way(way));
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
        await using var server = Endpoints.Bind(Endpoints.Way(way));
        await using var other = Endpoints.Bind(Endpoints.Way(way));
        await using var client = Endpoints.Bind(Endpoints.Way(way));
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

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Datagrams_from_tens_of_thousands_of_ports_leave_nothing_behind(string way)
    {
        const int Datagrams = 25_000;
        await using var server = Endpoints.Bind(Endpoints.Way(way));
        var target = server.LocalEndPoint!.Serialize();
        var note = Endpoints.Note(3);
        var ports = new bool[65_536];
        Flood(1000);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        Flood(Datagrams);

        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 1024 * 1024);
        Assert.Equal(Datagrams + 1000, server.Counters.Received);
        Assert.InRange(ports.Count(seen => seen), 2000, 65_536);

        void Flood(int count)
        {
            for (var i = 0; i < count; i++)
            {
                using var peer = Endpoints.RawSocket();
                peer.SendTo(note, SocketFlags.None, target);
                ports[server.Take().Peer.Port] = true;
            }
        }
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
}
