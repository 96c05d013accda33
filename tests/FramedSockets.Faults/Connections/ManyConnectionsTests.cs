using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using FramedSockets.Faults.Child;
using FramedSockets.Faults.Support;
using FramedSockets.Tcp;
using FramedSockets.Tests.Support;

namespace FramedSockets.Faults.Connections;

/// <summary>Many connections at once, or one after the other: what they cost while they are there, and that they leave nothing.</summary>
public abstract class ManyConnectionsTests(TransportKind kind)
{
    public sealed class OverSockets() : ManyConnectionsTests(TransportKind.Sockets);

    public sealed class OverLinux() : ManyConnectionsTests(TransportKind.Linux);

    private const int MiB = 1024 * 1024;

    [Case("R01")]
    public async Task Ten_thousand_idle_connections_cost_little_and_hold_up_nobody()
    {
        var (idle, active) = (Scale.Of(10_000, 500), Scale.Of(100, 10));
        await using var server = await ServerProcess.StartAsync(new() { Transport = kind, MaxConnections = 12_000, IsPatient = true });
        var before = await server.MeasureWarmAsync();
        var peers = await ConnectAsync(server.EndPoint, idle);
        var resting = await server.UntilAsync(state => state.Connections == idle) - before;

        Assert.InRange(resting.Managed / idle, 0, Scale.Of(4096, 6144));
        if (Scale.IsFull)
        {
            Assert.InRange(resting.Resident / idle, 0, 8192);
        }

        var latencies = new ConcurrentQueue<double>();
        var busy = Crowd.RunAsync(active, active, i => TalkAsync(server.EndPoint, i, Scale.Of(60 * 50, 50), latencies));
        _ = await server.UntilAsync(state => state.Connections == idle + active || busy.IsCompleted);
        var threads = (await server.LookAsync()).Threads;
        await busy;
        Assert.InRange(threads, 1, 40);
        var p99 = latencies.Order().ElementAt(latencies.Count * 99 / 100);
        Scale.AssertWithin(TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(p99), "An echo (p99)");
        foreach (var peer in peers)
        {
            peer.Dispose();
        }

        _ = await server.UntilAsync(state => state.Connections == 0);
        Figures.Record(
            "R01",
            $"{idle:N0} idle: {resting.Managed / idle:N0} B managed, {resting.Resident / idle:N0} B RSS each; {latencies.Count:N0} frames on {active} others, none lost, p99 {p99:N1} ms; {threads} threads", kind);
    }

    [Case("R02")]
    public async Task A_thousand_idle_connections_with_TLS_cost_little()
    {
        var idle = Scale.Of(1000, 100);
        await using var server = await ServerProcess.StartAsync(new() { Transport = kind, IsTls = true, IsPatient = true });
        var client = new TcpFrameClient<Order>(Wire.Codec, Clients.Options(kind) with { Tls = server.Tls() });
        var connections = new ConcurrentQueue<FrameConnection<Order>>();
        await ConnectAsync(100);
        var before = await server.MeasureAsync();
        await ConnectAsync(idle);
        var resting = await server.UntilAsync(state => state.Connections == 100 + idle) - before;
        Assert.InRange(resting.Managed / idle, 0, 24 * 1024);
        if (Scale.IsFull)
        {
            Assert.InRange(resting.Resident / idle, 0, 96 * 1024);
        }

        foreach (var connection in connections)
        {
            await connection.DisposeAsync().Soon();
        }

        _ = await server.UntilAsync(state => state.Connections == 0);
        Figures.Record("R02", $"{idle:N0} idle with TLS: {resting.Managed / idle:N0} B managed, {resting.Resident / idle:N0} B RSS each", kind);

        Task ConnectAsync(int count) => Crowd.RunAsync(count, 8, async _ =>
        {
            var connection = await client.ConnectAsync(server.EndPoint).Soon();
            await connection.AssertEchoAsync();
            connections.Enqueue(connection);
        });
    }

    [Case("R03")]
    public async Task Connecting_and_closing_leaves_nothing()
    {
        var count = Scale.Of(50_000, 2000);
        await using var server = await ServerProcess.StartAsync(new() { Transport = kind });

        // The runtime's threads and their arenas come by and by, and stay: what follows must not add to them.
        await Crowd.RunAsync(count / 2, 32, _ => Clients.AssertServedAsync(server.EndPoint));
        var before = await server.MeasureWarmAsync();
        await Crowd.RunAsync(count, 32, _ => Clients.AssertServedAsync(server.EndPoint));
        var grown = await server.UntilAsync(state => state.Connections == 0) - before;
        Assert.Equal((count, count), (grown.Begun, grown.Over));
        Assert.Equal(0, await server.CountAsync("connections.active"));
        Assert.InRange(grown.Resident, long.MinValue, 10 * MiB);

        // A pipe or a timer of the runtime's own may have come or gone.
        Assert.InRange(grown.Descriptors, -3, 3);
        Figures.Record("R03", $"{count:N0} cycles: gauge 0, {grown.Managed / 1024.0:N0} KiB managed, {grown.Resident / 1048576.0:N1} MiB RSS and {grown.Descriptors} descriptors more", kind);
    }

    [Case("R04")]
    public async Task A_burst_of_two_thousand_is_served()
    {
        var count = Scale.Of(2000, 500);
        await using var server = await ServerProcess.StartAsync(new() { Transport = kind });
        _ = await server.MeasureWarmAsync();
        var start = TimeProvider.System.GetTimestamp();
        await Crowd.RunAsync(count, count, _ => Clients.AssertServedAsync(server.EndPoint));
        var elapsed = TimeProvider.System.GetElapsedTime(start);
        Scale.AssertWithin(TimeSpan.FromSeconds(5), elapsed, "A burst");
        Figures.Record("R04", $"{count:N0} at once served in {elapsed.TotalSeconds:N2} s, none reset", kind);
    }

    [Case("R06")]
    public async Task Half_of_a_thousand_that_abort_leave_the_other_half_alone()
    {
        var count = Scale.Of(1000, 200);
        await using var server = await ServerProcess.StartAsync(new() { Transport = kind });
        var before = await server.MeasureWarmAsync();
        await Crowd.RunAsync(count, count, async i =>
        {
            if (i % 2 == 0)
            {
                _ = await Clients.AssertServedAsync(server.EndPoint);
                return;
            }

            var peer = await Clients.ConnectRawAsync(server.EndPoint);
            await peer.SendAsync(Wire.Head("keep", 1000)).Soon();
            peer.Reset();
        });

        // Accepted behind all of them: when it is served, none of them waits to be accepted any more.
        _ = await Clients.AssertServedAsync(server.EndPoint);
        var after = await server.UntilAsync(state => state.Connections == 0);
        Assert.Equal(after.Begun, after.Over);
        Assert.Equal(0, await server.CountAsync("connections.active"));
        Figures.Record("R06", $"{count:N0} at once, half with a reset: {(after - before).Over:N0} ended, 0 left", kind);
    }

    [Case("R07")]
    public async Task A_handler_that_throws_a_thousand_times_costs_its_connections_only()
    {
        await using var server = await ServerProcess.StartAsync(new() { Transport = kind });
        await using var bystander = await Clients.ConnectAsync(server.EndPoint, kind);
        await bystander.AssertEchoAsync();
        await Crowd.RunAsync(1000, 32, async _ =>
        {
            await using var connection = await Clients.ConnectAsync(server.EndPoint, kind);
            await connection.SendAsync(new("throw", 1), new byte[10]).Soon();
            await Assert.ThrowsAsync<FramedSocketException>(() => connection.WaitToReadAsync().Soon());
        });
        _ = await server.UntilAsync(state => state.Connections == 1);
        Assert.Equal(1000, await server.CountAsync("connections.ended ConnectionAborted"));
        Assert.Equal(1000, await server.CountLinesAsync("HandlerFailed"));
        await bystander.AssertEchoAsync();
        _ = await Clients.AssertServedAsync(server.EndPoint);
        Figures.Record("R07", $"1,000 closed, 1,000 counted and logged, the next one served", kind);
    }

    /// <summary>Peers that were served once, and rest.</summary>
    private static async Task<IReadOnlyCollection<Socket>> ConnectAsync(EndPoint server, int count)
    {
        var peers = new ConcurrentQueue<Socket>();
        var echo = Wire.Head("echo", 0);
        await Crowd.RunAsync(count, 8, async _ =>
        {
            var peer = await Clients.ConnectRawAsync(server);
            await peer.SendAsync(echo).Soon();
            Assert.NotEqual(0, await peer.ReceiveAsync(new byte[100]).Soon());
            peers.Enqueue(peer);
        });
        return peers;
    }

    /// <summary>Fifty frames a second, each of which has to come back before the next.</summary>
    private async Task TalkAsync(EndPoint server, int seed, int frames, ConcurrentQueue<double> latencies)
    {
        await using var connection = await Clients.ConnectAsync(server, kind);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        for (var i = 0; i < frames; i++)
        {
            var start = TimeProvider.System.GetTimestamp();
            await connection.AssertEchoAsync(1024, seed + i);
            latencies.Enqueue(TimeProvider.System.GetElapsedTime(start).TotalMilliseconds);
            if (Scale.IsFull)
            {
                _ = await timer.WaitForNextTickAsync();
            }
        }
    }
}
