using System.Net;
using System.Net.Sockets;
using FramedSockets.Faults.Child;
using FramedSockets.Faults.Support;
using FramedSockets.Tests.Support;

namespace FramedSockets.Faults.Ends;

/// <summary>A server that stops.</summary>
public abstract class ShutdownTests(TransportKind kind)
{
    public sealed class OverSockets() : ShutdownTests(TransportKind.Sockets);

    public sealed class OverLinux() : ShutdownTests(TransportKind.Linux);

    [Case("R44")]
    public async Task Whatever_was_received_is_answered_and_whoever_rests_sees_the_end()
    {
        var count = Scale.Of(1000, 100);
        await using var server = await ServerProcess.StartAsync(new() { Transport = kind, IsPatient = true });
        var before = await server.MeasureWarmAsync(20);
        var resting = await Clients.ConnectRawAsync(server.EndPoint);
        var half = await Clients.ConnectRawAsync(server.EndPoint);
        byte[] frame = [.. Wire.Head("echo", 100), .. new byte[100]];
        _ = await half.SendAsync(frame.AsMemory(0, frame.Length - 1)).Soon();
        var peers = await Task.WhenAll(Enumerable.Range(0, count).Select(_ => Clients.ConnectRawAsync(server.EndPoint)));
        _ = await server.UntilAsync(state => state.Connections == count + 2);

        // Twenty each, and the stop comes when some of them have been handled.
        var many = Enumerable.Repeat(frame, 20).SelectMany(bytes => bytes).ToArray();
        var sending = peers.Select(peer => peer.SendAsync(many)).ToArray();
        var reading = peers.Select(peer => peer.ReadToEndAsync()).ToArray();
        _ = await sending[count / 2].Soon();
        var start = TimeProvider.System.GetTimestamp();
        var stop = server.StopAsync();
        await UntilRefusedAsync(server.EndPoint);
        var closed = TimeProvider.System.GetElapsedTime(start);
        Assert.Equal(0, await resting.ReadToEndAsync());
        _ = await half.SendAsync(frame.AsMemory(frame.Length - 1)).Soon();
        var replies = (await Task.WhenAll(reading)).Sum() + await half.ReadToEndAsync();
        foreach (var peer in peers.Append(resting).Append(half))
        {
            peer.Dispose();
        }

        var report = await stop.Soon();
        Assert.Equal(0, report.Cut);
        var handled = (await server.LookAsync()).Frames - before.Frames;
        Assert.Equal(0, replies % handled);
        Assert.InRange(replies / handled, frame.Length, frame.Length + 20);
        Scale.AssertWithin(TimeSpan.FromMilliseconds(100), closed, "Closing the listener");
        Figures.Record("R44", $"the listener closed within {closed.TotalMilliseconds:N0} ms; {count:N0} connections: {handled:N0} frames handled, {handled:N0} replies received", kind);
    }

    [Case("R45")]
    public async Task Handlers_that_never_return_are_cut_at_the_limit()
    {
        const int Count = 50;
        await using var server = await ServerProcess.StartAsync(new() { Transport = kind, DrainTimeout = Scale.Of(5, 0) });
        var peers = await Task.WhenAll(Enumerable.Range(0, Count).Select(_ => Clients.ConnectRawAsync(server.EndPoint)));
        foreach (var peer in peers)
        {
            _ = await peer.SendAsync(Wire.Head("wait", 0)).Soon();
        }

        _ = await server.UntilAsync(state => state.Frames == Count);
        var report = await server.StopAsync();
        Assert.Equal((0, Count), (report.Drained, report.Cut));
        Assert.Equal(Count, await server.CountLinesAsync("Cut"));
        Assert.Equal(1, await server.CountLinesAsync("Stopped"));
        Scale.AssertWithin(TimeSpan.FromSeconds(6.2), report.Elapsed, "The stop");
        foreach (var peer in peers)
        {
            Assert.Equal(0, await peer.ReadToEndAsync());
            peer.Dispose();
        }

        Figures.Record("R45", $"{Count} cut and logged, {report.Elapsed.TotalSeconds:N2} s with a limit of {Scale.Of(5, 0)} s and one more", kind);
    }

    private static Task UntilRefusedAsync(EndPoint server) => Timeouts.Until(async () =>
    {
        try
        {
            using var late = await Clients.ConnectRawAsync(server);
            return false;
        }
        catch (SocketException)
        {
            return true;
        }
    });
}
