using System.Diagnostics;
using FramedSockets.Faults.Child;
using FramedSockets.Faults.Support;
using FramedSockets.Tests.Support;

namespace FramedSockets.Faults.Network;

/// <summary>A system that can accept no more for a while.</summary>
public sealed class StarvationTests
{
    private const int Limit = 200;

    [Case("R08", IsLong = true, Needs = "prlimit")]
    public async Task A_server_with_few_descriptors_refuses_whom_it_cannot_hold()
    {
        await using var server = await ServerProcess.StartAsync(new() { IsPatient = true }, "prlimit", $"--nofile={Limit}");
        _ = await server.MeasureWarmAsync(20);
        var (share, served) = await StarveAsync(server, stay: 300, leave: 150);
        var refused = await server.CountAsync("connections.refused TooManyConnections");
        Assert.InRange(await server.CountLinesAsync("Refused"), 1, 2);
        Assert.Equal(0, await server.SumAsync("accepts.failed"));
        Figures.Record("R08", $"300 clients, {Limit} descriptors: {refused} refused, {share:P1} of a core; a client served {served.TotalMilliseconds:N0} ms after 150 left");
    }

    [Case("R08", IsLong = true, Needs = "prlimit")]
    public async Task A_server_without_descriptors_lives_and_goes_on()
    {
        await using var server = await ServerProcess.StartAsync(new() { IsPatient = true }, "prlimit", $"--nofile={Limit}");
        var idle = await server.MeasureWarmAsync(20);

        // Its own limit keeps it from starving: so something else of the process takes most of what that leaves free.
        await server.HoardAsync(Limit - idle.Descriptors - 30);
        var (share, served) = await StarveAsync(server, stay: 100, leave: 95);
        var failed = await server.CountAsync("accepts.failed TooManyOpenSockets");
        var lines = await server.CountLinesAsync("AcceptFailed");
        Assert.NotEqual(0, failed);
        Assert.InRange(lines, 1, 2);
        Figures.Record("R08", $"starved: {failed} accepts failed, {lines} log line, {share:P1} of a core; a client served {served.TotalMilliseconds:N0} ms after 95 of 100 left");
    }

    [Case("R09", IsLong = true, Needs = "strace")]
    public async Task Whatever_accept_fails_with_it_goes_on()
    {
        var figures = new List<string>();
        foreach (var error in new[] { "EMFILE", "ENFILE", "ENOBUFS", "ENOMEM", "ECONNABORTED", "EPERM", "EPROTO" })
        {
            await using var server = await ServerProcess.StartAsync();
            _ = await Clients.AssertServedAsync(server.EndPoint);
            Task served;
            long failed;
            await using (await SystemCallFaults.StartAsync(server.Id, "accept4", $"error={error}:when=2..200"))
            {
                served = Crowd.RunAsync(20, 1, _ => Clients.AssertServedAsync(server.EndPoint));
                using var timer = new PeriodicTimer(TimeSpan.FromSeconds(5));
                _ = await timer.WaitForNextTickAsync();
                failed = await server.SumAsync("accepts.failed");
            }

            var start = TimeProvider.System.GetTimestamp();
            await served;
            var elapsed = TimeProvider.System.GetElapsedTime(start);
            figures.Add($"{error} {failed} ({elapsed.TotalMilliseconds:N0} ms)");
            Assert.InRange(await server.CountLinesAsync("AcceptFailed"), failed == 0 ? 0 : 1, 1);
            Assert.InRange(elapsed.TotalSeconds, 0, 2);
            Assert.False(server.HasExited);
        }

        Figures.Record("R09", $"failures counted in 5 s, and time until 20 clients were served after them: {string.Join(", ", figures)}");
    }

    /// <summary>Clients that stay for 30 s; then some leave, and one comes.</summary>
    private static async Task<(double Share, TimeSpan Served)> StarveAsync(ServerProcess server, int stay, int leave)
    {
        var peers = await Task.WhenAll(Enumerable.Range(0, stay).Select(_ => Clients.TryConnectRawAsync(server.EndPoint)));
        using var process = Process.GetProcessById(server.Id);
        var before = process.TotalProcessorTime;
        using (var timer = new PeriodicTimer(TimeSpan.FromSeconds(30)))
        {
            _ = await timer.WaitForNextTickAsync();
        }

        process.Refresh();
        var share = (process.TotalProcessorTime - before).TotalSeconds / 30;
        Assert.InRange(share, 0, 0.2);
        Assert.False(server.HasExited);
        foreach (var peer in peers.Take(leave))
        {
            peer?.Dispose();
        }

        var served = await ServeAsync(server);
        Scale.AssertWithin(TimeSpan.FromSeconds(2), served, "A new client");
        foreach (var peer in peers.Skip(leave))
        {
            peer?.Dispose();
        }

        return (share, served);
    }

    /// <summary>A client that is refused while the server has not yet seen that others left comes again.</summary>
    private static async Task<TimeSpan> ServeAsync(ServerProcess server)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                _ = await Clients.AssertServedAsync(server.EndPoint);
                return TimeProvider.System.GetElapsedTime(start);
            }
            catch (FramedSocketException e) when (e.Error == FramedSocketError.ConnectionReset && TimeProvider.System.GetElapsedTime(start).TotalSeconds < 2)
            {
                await Task.Yield();
            }
        }
    }
}
