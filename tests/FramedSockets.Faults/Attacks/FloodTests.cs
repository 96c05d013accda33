using System.Net;
using System.Net.Sockets;
using FramedSockets.Faults.Child;
using FramedSockets.Faults.Support;
using FramedSockets.Tests.Support;

namespace FramedSockets.Faults.Attacks;

/// <summary>Much of what costs an attacker nothing: it costs the server nothing that lasts, and a good client is still served.</summary>
public abstract class FloodTests(TransportKind kind)
{
    public sealed class OverSockets() : FloodTests(TransportKind.Sockets);

    public sealed class OverLinux() : FloodTests(TransportKind.Linux);

    private const int MiB = 1024 * 1024;

    [Case("A3")]
    public async Task What_is_declared_is_not_allocated()
    {
        await using var server = await ServerProcess.StartAsync(new() { Transport = kind });
        var before = await server.MeasureWarmAsync();
        var peers = new List<Socket>();
        for (var i = 0; i < 1000; i++)
        {
            peers.Add(await Clients.ConnectRawAsync(server.EndPoint));
            _ = await peers[i].SendAsync(Wire.Head("keep", FrameLimits.Default.MaxBodyLength)).Soon();
        }

        var grown = await server.UntilAsync(state => state.Frames - before.Frames == peers.Count) - before;
        Assert.InRange(grown.Managed, long.MinValue, 16 * MiB);
        peers.ForEach(peer => peer.Dispose());
        _ = await Clients.AssertServedAsync(server.EndPoint);
        Figures.Record("A3", $"{peers.Count:N0} connections that declare 64 MiB: {grown.Managed / 1048576.0:N2} MiB managed", kind);
    }

    [Case("A12")]
    public async Task One_connection_too_many_is_closed_at_once_and_counted()
    {
        var (most, more) = (Scale.Of(1000, 100), Scale.Of(1000, 100));
        await using var server = await ServerProcess.StartAsync(new() { Transport = kind, MaxConnections = most, IsPatient = true });
        var inside = new List<Socket>();
        for (var i = 0; i < most; i++)
        {
            inside.Add(await Clients.ConnectRawAsync(server.EndPoint));
        }

        _ = await server.UntilAsync(state => state.Connections == most);
        var longest = TimeSpan.Zero;
        for (var i = 0; i < more; i++)
        {
            var start = TimeProvider.System.GetTimestamp();
            await AssertRefusedAsync(server.EndPoint);
            var elapsed = TimeProvider.System.GetElapsedTime(start);
            longest = elapsed > longest ? elapsed : longest;
        }

        Scale.AssertWithin(TimeSpan.FromSeconds(1), longest, "A refusal");
        Assert.Equal(more, await server.CountAsync("connections.refused TooManyConnections"));
        Assert.Equal(most, await server.CountAsync("connections.active"));
        inside[0].Dispose();
        _ = await server.UntilAsync(state => state.Connections == most - 1);
        _ = await Clients.AssertServedAsync(server.EndPoint);
        inside.ForEach(peer => peer.Dispose());
        Figures.Record("A12", $"{most:N0} inside, {more:N0} refused and counted, each within {longest.TotalMilliseconds:N1} ms", kind);
    }

    [Case("A14")]
    public async Task Resets_in_the_backlog_hold_nobody_up()
    {
        var count = Scale.Of(10_000, 1000);
        await using var server = await ServerProcess.StartAsync(new() { Transport = kind });
        _ = await server.MeasureWarmAsync();
        for (var i = 0; i < count; i++)
        {
            (await Clients.ConnectRawAsync(server.EndPoint)).Reset();
        }

        var elapsed = await Clients.AssertServedAsync(server.EndPoint);
        Scale.AssertWithin(TimeSpan.FromMilliseconds(100), elapsed, "The next client");
        var state = await server.UntilAsync(state => state.Connections == 0);
        Assert.Equal(state.Begun, state.Over);
        Figures.Record("A14", $"{count:N0} resets, then a client served in {elapsed.TotalMilliseconds:N1} ms", kind);
    }

    [Case("A15")]
    public async Task A_flood_of_resets_leaves_nothing()
    {
        var count = Scale.Of(50_000, 2000);
        await using var server = await ServerProcess.StartAsync(new() { Transport = kind });
        _ = await FloodAsync(server.EndPoint, count: 1000);
        var before = await server.MeasureWarmAsync();
        var refused = await FloodAsync(server.EndPoint, count);

        // Accepted behind all of them: when it is served, none of them waits to be accepted any more.
        _ = await Clients.AssertServedAsync(server.EndPoint);
        var after = await server.UntilAsync(state => state.Connections == 0);
        Assert.Equal(after.Begun, after.Over);
        var grown = after - before;
        Assert.InRange(grown.Resident, long.MinValue, 20 * MiB);
        Assert.InRange(grown.Descriptors, -10, 10);
        Assert.InRange(refused, 0, count / 2);
        Figures.Record("A15", $"{count:N0} frames and resets: {refused:N0} came before earlier ones were gone and were refused, {grown.Begun:N0} handlers begun and ended, {grown.Resident / 1048576.0:N1} MiB RSS more", kind);
    }

    [Case("A16")]
    public async Task Tiny_frames_wait_at_their_sender()
    {
        var count = Scale.Of(10_000_000, 1_000_000);
        await using var server = await ServerProcess.StartAsync(new() { Transport = kind, IsPatient = true });
        var before = await server.MeasureWarmAsync();
        using var peer = await Clients.ConnectRawAsync(server.EndPoint);
        _ = await peer.SendAsync(Wire.Head("wait", 0)).Soon();
        _ = await server.UntilAsync(state => state.Frames == before.Frames + 1);

        var (frame, sent) = (Wire.L("""{"filesize":0}"""), 0L);
        var many = Enumerable.Repeat(frame, 1000).SelectMany(bytes => bytes).ToArray();
        var sending = Task.Run(async () =>
        {
            for (var i = 0; i < count / 1000; i++)
            {
                await SendAllAsync(peer, many);
                _ = Interlocked.Add(ref sent, 1000);
            }
        });

        await Progress.UntilStuckAsync(() => Interlocked.Read(ref sent));
        var grown = await server.MeasureAsync() - before;
        Assert.False(sending.IsCompleted);
        var taken = Interlocked.Read(ref sent);
        Assert.InRange(grown.Managed, long.MinValue, 8 * MiB);
        await server.GoAsync();
        await sending.WaitAsync(TimeSpan.FromMinutes(3));
        _ = await server.UntilAsync(state => state.Frames == before.Frames + 1 + count);
        _ = await Clients.AssertServedAsync(server.EndPoint);
        Figures.Record("A16", $"the sender blocked after {taken:N0} frames, {grown.Managed / 1024.0:N0} KiB held; then all {count:N0} were handled", kind);
    }

    [Case("A34")]
    public async Task No_row_leaks()
    {
        var count = Scale.Of(10_000, 1000);
        await using var server = await ServerProcess.StartAsync(new() { Transport = kind });
        byte[][] rows =
        [
            [255, 255, 255, 255], [0, 0, 0, 0], Wire.Head("keep", -1), Wire.Head("keep", long.MaxValue), Wire.L(new string('[', 8000)),
            Wire.L("""{"filesize":1,"filesize":2}"""), Wire.L("{}x"), [.. Wire.L("{\"a\":" + new string(' ', 4086) + "t"), .. new byte[16]],
            Wire.Head("throw", 0), Wire.Head("keep", 1000), Wire.Head("keep", 10_000_000),
        ];
        await AttackAsync(server.EndPoint, rows, 1000);
        var before = await server.MeasureWarmAsync();
        await AttackAsync(server.EndPoint, rows, count);
        var grown = await server.UntilAsync(state => state.Connections == 0) - before;
        Assert.Equal(count, grown.Begun);
        Assert.Equal(count, grown.Over);
        Assert.InRange(grown.Managed, long.MinValue, MiB);
        _ = await Clients.AssertServedAsync(server.EndPoint);
        Figures.Record("A34", $"{count:N0} attacks of {rows.Length} kinds: {grown.Managed / 1024.0:N0} KiB managed more", kind);
    }

    private static Task AttackAsync(EndPoint server, byte[][] rows, int count) => Crowd.RunAsync(count, 8, async i =>
    {
        using var peer = await Clients.ConnectRawAsync(server);
        _ = await peer.SendAsync(rows[i % rows.Length]).Soon();
        peer.Shutdown(SocketShutdown.Send);
        _ = await peer.ReadToEndAsync();
    });

    /// <summary>Connects, sends a frame and resets; says how many were refused, because those before them were not yet gone.</summary>
    private static async Task<int> FloodAsync(EndPoint server, int count)
    {
        var refused = 0;
        await Crowd.RunAsync(count, 8, async _ =>
        {
            using var peer = await Clients.TryConnectRawAsync(server);
            try
            {
                _ = peer is null ? Interlocked.Increment(ref refused) : await peer.SendAsync(Wire.Head("echo", 0)).Soon();
                peer?.Reset();
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionReset or SocketError.Shutdown)
            {
                _ = Interlocked.Increment(ref refused);
            }
        });
        return refused;
    }

    private static async Task SendAllAsync(Socket peer, ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[await peer.SendAsync(bytes)..];
        }
    }

    private static async Task AssertRefusedAsync(EndPoint server)
    {
        // The reset may come before the connect has been seen to succeed.
        using var peer = await Clients.TryConnectRawAsync(server);
        Assert.Equal(0, peer is null ? 0 : await peer.ReadToEndAsync());
    }
}
