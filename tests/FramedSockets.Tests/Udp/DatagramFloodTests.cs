using System.Net;
using System.Net.Sockets;
using FramedSockets.Tests.Support;
using FramedSockets.Udp;
using Xunit.Abstractions;

namespace FramedSockets.Tests.Udp;

/// <summary>Peers that send more than anybody can take, or rubbish. Where the machine allows, in a network whose counters are the test's own.</summary>
[Collection(nameof(Alone))]
public sealed class DatagramFloodTests(ITestOutputHelper output)
{
    private const int Total = 1_000_000;

    public static TheoryData<string> Ways => Endpoints.Ways;

    [NeedsTheory(Need.Linux)]
    [MemberData(nameof(Ways))]
    public async Task A_million_datagrams_are_each_delivered_or_counted(string way)
    {
        using var network = NetworkNamespace.TryCreate(output);
        await using var server = network.In(() => Endpoints.Bind(Endpoints.Way(way) with { MaxDatagramLength = 600 }));
        using var one = network.In(Endpoints.RawSocket);
        using var other = network.In(Endpoints.RawSocket);
        var received = 0L;
        var run = server.RunAsync(
            _ =>
            {
                received++;
                return default;
            });
        await Task.WhenAll(Task.Run(() => Flood(one, server)), Task.Run(() => Flood(other, server))).WaitAsync(TimeSpan.FromSeconds(120));

        // Loopback hands a datagram over, or drops it, soon after the send; the reader has to catch up.
        await Timeouts.Until(() => Sum(server.Counters) >= Total);
        await server.DisposeAsync();
        await run.Soon();
        var counters = server.Counters;
        output.WriteLine($"{way}: {counters}");
        Assert.Equal(Total, Sum(counters));
        Assert.Equal(counters.Received, received);
        Assert.True(counters.Malformed > 0);
        Assert.True(counters.Truncated > 0);
        if (network?.CountUdp() is { } system)
        {
            Assert.Equal(Total, system["OutDatagrams"]);
            Assert.Equal(counters.Received + counters.Malformed + counters.Truncated, system["InDatagrams"]);
            Assert.Equal(counters.DroppedBySystem, system["RcvbufErrors"]);
        }
    }

    [NeedsTheory(Need.Linux)]
    [InlineData("plain")]
    [InlineData("batched")]
    public async Task What_offload_carries_is_counted_one_by_one_by_a_receiver_without_it(string way)
    {
        const int Batches = 5_000, Length = 64;
        using var network = NetworkNamespace.TryCreate(output);
        await using var server = network.In(() => Endpoints.Bind(Endpoints.Way(way)));
        await using var client = network.In(() => Endpoints.Connect(server));
        var run = server.RunAsync(_ => default);
        var batch = client.CreateBatch();
        for (var i = 0; i < Batches; i++)
        {
            for (var j = 0; j < Length; j++)
            {
                batch.Add(1, new byte[61]);
            }

            await client.SendBatchAsync(batch).Soon();
        }

        await Timeouts.Until(() => Sum(server.Counters) >= Batches * Length);
        await server.DisposeAsync();
        await run.Soon();
        output.WriteLine($"{way}: {server.Counters}");
        Assert.Equal(Batches * Length, client.Counters.Sent);
        Assert.Equal(Batches * Length, Sum(server.Counters));
        Assert.True(network is null || network.CountUdp()["OutDatagrams"] <= Batches * 2, "Offload did not carry them.");
    }

    [Fact]
    public async Task Garbage_is_never_answered()
    {
        using var network = NetworkNamespace.TryCreate(output);
        await using var one = network.In(() => Endpoints.Bind());
        await using var other = network.In(() => Endpoints.Bind());
        var runs = Task.WhenAll(one.RunAsync(Echo), other.RunAsync(Echo));
        using var forger = network.In(Endpoints.RawSocket);
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

        // The garbage, the question, its answer; nothing else was ever on this network.
        Assert.Equal(3, network?.CountUdp()["OutDatagrams"] ?? 3);

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

    private static long Sum(DatagramCounters c) => c.Received + c.Malformed + c.Truncated + c.Dropped + c.DroppedBySystem!.Value;

    private static void Flood(Socket peer, UdpDatagramEndpoint<byte> server)
    {
        var target = ((IPEndPoint)server.LocalEndPoint!).Serialize();
        byte[] good = Endpoints.Note(1, new byte[61]), bad = [0xFF, 1], tooLong = new byte[601];
        for (var i = 0; i < Total / 2; i++)
        {
            _ = peer.SendTo(i % 1000 == 7 ? bad : i % 1000 == 8 ? tooLong : good, SocketFlags.None, target);
        }
    }
}
