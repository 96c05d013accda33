using System.Net.Sockets;
using FramedSockets.Faults.Child;
using FramedSockets.Faults.Support;
using FramedSockets.Tests.Support;

namespace FramedSockets.Faults.Clock;

/// <summary>Clocks that jump, and a process that sleeps through its deadlines.</summary>
public sealed class ClockTests
{
    private static readonly byte[] Frame = [.. Wire.Head("echo", 100), .. new byte[100]];

    [Case("R41", IsLong = true, Needs = "faketime")]
    public async Task A_wall_clock_that_jumps_changes_nothing()
    {
        using var clock = new FakeClock();
        await using var server = await ServerProcess.StartAsync(null, [.. clock.Prefix, "FAKETIME_DONT_FAKE_MONOTONIC=1"]);
        await using var connection = await Clients.ConnectAsync(server.EndPoint);
        await connection.AssertEchoAsync();
        foreach (var jump in new[] { "+1h", "-1h", "+0" })
        {
            await clock.JumpAsync(jump);
            await connection.AssertEchoAsync();
            _ = await Clients.AssertServedAsync(server.EndPoint);
        }

        _ = await server.UntilAsync(state => state.Connections == 1);
        Assert.Equal(3, await server.SumAsync("connections.ended"));
        var elapsed = await AssertEndsSilentAsync(server);
        Figures.Record("R41", $"+1 h, -1 h and back: nothing ended; HeaderTimeout still after {elapsed.TotalSeconds:N1} s");
    }

    [Case("R42", IsLong = true, Needs = "faketime")]
    public async Task All_clocks_that_jump_end_nobody_and_deadlines_go_on()
    {
        using var clock = new FakeClock();
        await using var server = await ServerProcess.StartAsync(null, clock.Prefix);
        var resting = await ConnectAsync(server, 100, Frame);
        await using var connection = await Clients.ConnectAsync(server.EndPoint);
        await connection.AssertEchoAsync();
        await clock.JumpAsync("+1h");
        var start = TimeProvider.System.GetTimestamp();
        await connection.AssertEchoAsync();
        _ = await Clients.AssertServedAsync(server.EndPoint);
        var served = TimeProvider.System.GetElapsedTime(start);
        Scale.AssertWithin(TimeSpan.FromSeconds(5), served, "Recovery");
        _ = await server.UntilAsync(state => state.Connections == resting.Length + 1);
        Assert.Equal(1, await server.SumAsync("connections.ended"));
        var elapsed = await AssertEndsSilentAsync(server);
        _ = await server.UntilAsync(state => state.Connections == resting.Length + 1);
        Assert.Equal(2, await server.SumAsync("connections.ended"));
        foreach (var peer in resting)
        {
            peer.Dispose();
        }

        Figures.Record("R42", $"+1 h of every clock: {resting.Length} at rest stay, a client served in {served.TotalMilliseconds:N0} ms, HeaderTimeout after {elapsed.TotalSeconds:N1} s (back is not tried: no monotonic clock goes back)");
    }

    [Case("R43", IsLong = true)]
    public async Task A_server_that_slept_ends_nobody()
    {
        const int Count = 100;
        await using var server = await ServerProcess.StartAsync();
        var resting = await ConnectAsync(server, Count, Frame);
        var halves = await ConnectAsync(server, Count, Frame[..^1]);
        var silent = await ConnectAsync(server, Count, []);
        _ = await server.UntilAsync(state => state.Connections == 3 * Count);
        await server.SignalAsync("STOP");
        using (var timer = new PeriodicTimer(TimeSpan.FromSeconds(30)))
        {
            _ = await timer.WaitForNextTickAsync();
        }

        await server.SignalAsync("CONT");
        foreach (var peer in resting.Concat(silent))
        {
            _ = await peer.SendAsync(Frame).Soon();
        }

        foreach (var peer in halves)
        {
            _ = await peer.SendAsync(Frame.AsMemory(Frame.Length - 1)).Soon();
        }

        // The frames of before the sleep too.
        var state = await server.UntilAsync(state => state.Frames == 4 * Count);
        Assert.Equal(3 * Count, state.Connections);
        foreach (var peer in resting.Concat(halves).Concat(silent))
        {
            Assert.NotEqual(0, await peer.ReceiveAsync(new byte[1000]).Soon());
            peer.Dispose();
        }

        Figures.Record("R43", $"{3 * Count} connections at rest, in mid-frame and silent: none ended by 30 s of SIGSTOP");
    }

    /// <summary>Asserts that a peer that says nothing still ends in time.</summary>
    private static async Task<TimeSpan> AssertEndsSilentAsync(ServerProcess server)
    {
        using var silent = await Clients.ConnectRawAsync(server.EndPoint);
        var start = TimeProvider.System.GetTimestamp();
        _ = await silent.ReadToEndAsync();
        var elapsed = TimeProvider.System.GetElapsedTime(start);
        Assert.InRange(elapsed.TotalSeconds, 9, 12);
        return elapsed;
    }

    private static Task<Socket[]> ConnectAsync(ServerProcess server, int count, byte[] bytes) =>
        Task.WhenAll(Enumerable.Range(0, count).Select(async _ =>
        {
            var peer = await Clients.ConnectRawAsync(server.EndPoint);
            await peer.SendAsync(bytes).Soon();
            return peer;
        }));
}
