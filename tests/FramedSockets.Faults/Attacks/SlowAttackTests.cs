using System.Net.Sockets;
using FramedSockets.Faults.Child;
using FramedSockets.Faults.Support;
using FramedSockets.Tcp;
using FramedSockets.Tests.Support;

namespace FramedSockets.Faults.Attacks;

/// <summary>Peers that take their time. By the clock only in the full run; a clock that stands still proves the same in DeadlineTests.</summary>
public abstract class SlowAttackTests(TransportKind kind)
{
    public sealed class OverSockets() : SlowAttackTests(TransportKind.Sockets);

    public sealed class OverLinux() : SlowAttackTests(TransportKind.Linux);

    [Case("A4")]
    public async Task A_header_a_byte_at_a_time_is_parsed_once()
    {
        var connections = Scale.Of(100, 2);
        var shorter = await MeasureAsync(4 * 1024, connections);
        var longer = await MeasureAsync(16 * 1024, connections);
        if (Scale.IsFull)
        {
            Assert.True(longer <= 6 * shorter, $"{shorter} became {longer}.");
        }

        Figures.Record("A4", $"parsed once each on {connections} connections; 16 KiB took {longer / shorter:N1} × the time of 4 KiB", kind);
    }

    [Case("A10", IsLong = true)]
    public async Task A_slow_header_has_ten_seconds()
    {
        await using var server = await ServerProcess.StartAsync(new() { Transport = kind });
        var ends = new List<Task<TimeSpan>>();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        while (ends.Count < 5)
        {
            // At different times within the second of the server's sweep.
            ends.Add(DripAsync(await Clients.ConnectRawAsync(server.EndPoint), Wire.Head("keep", 0), 1, TimeSpan.FromMilliseconds(900)));
            _ = await timer.WaitForNextTickAsync();
        }

        var elapsed = (await Task.WhenAll(ends)).Select(one => one.TotalSeconds).Order().ToArray();
        _ = await server.UntilAsync(state => state.Connections == 0);
        Assert.Equal(ends.Count, await server.CountAsync("connections.ended HeaderTimeout"));
        _ = await Clients.AssertServedAsync(server.EndPoint);
        AssertSeconds(10, 1, elapsed);
        Figures.Record("A10", $"HeaderTimeout after {elapsed[0]:N2} to {elapsed[^1]:N2} s on {ends.Count} connections", kind);
    }

    [Case("A11", IsLong = true)]
    public async Task A_slow_body_and_a_peer_that_reads_nothing_have_five_seconds_of_grace()
    {
        await using var server = await ServerProcess.StartAsync(new() { Transport = kind });
        await using var stopped = await ChildProcess.ConnectAsync(server.EndPoint);
        _ = await stopped.AskAsync("read");
        _ = await stopped.AskAsync(Convert.ToHexString(Wire.L($$"""{"do":"wait","id":{{16 * 1024 * 1024}},"filesize":0}""")));
        _ = await server.UntilAsync(state => state.Frames == 1);
        await stopped.SignalAsync("STOP");
        var start = TimeProvider.System.GetTimestamp();
        await server.GoAsync();
        _ = await server.UntilAsync(state => state.Connections == 0);
        var reader = TimeProvider.System.GetElapsedTime(start).TotalSeconds;
        Assert.Equal(1, await server.CountAsync("connections.ended WriteTimeout"));

        var slow = await Clients.ConnectRawAsync(server.EndPoint);
        byte[] frame = [.. Wire.Head("keep", 100_000), .. new byte[100_000]];
        var body = (await DripAsync(slow, frame, 10, TimeSpan.FromMilliseconds(100))).TotalSeconds;
        _ = await server.UntilAsync(state => state.Connections == 0);
        Assert.Equal(1, await server.CountAsync("connections.ended ReadTimeout"));
        _ = await Clients.AssertServedAsync(server.EndPoint);
        AssertSeconds(6, 1.5, body, reader);
        Figures.Record("A11", $"a body at 100 B/s: ReadTimeout after {body:N2} s; 16 MiB to a stopped peer: WriteTimeout after {reader:N2} s", kind);
    }

    /// <summary>How long a server takes for headers that come a byte at a time.</summary>
    private async Task<TimeSpan> MeasureAsync(int length, int connections)
    {
        var codec = new FaultyCodec();
        await using var server = await Attacked.StartAsync(kind, codec, FrameDeadlines.None);
        var before = codec.Decodes;
        var header = Wire.L("{\"filesize\":0,\"do\":\"keep\"" + new string(' ', length - 26) + "}");
        var start = TimeProvider.System.GetTimestamp();
        await Crowd.RunAsync(connections, connections, async _ =>
        {
            using var peer = await Clients.ConnectRawAsync(server.EndPoint);
            foreach (var one in header)
            {
                await peer.SendAsync(new[] { one });
            }

            peer.Shutdown(SocketShutdown.Send);
            await peer.ReadToEndAsync();
        });
        var elapsed = TimeProvider.System.GetElapsedTime(start);

        // Once for all of the header; before that for the prefix and perhaps for less, unless all was there when it was first read.
        Assert.Equal(connections, server.Delivered);
        Assert.InRange(codec.Decodes - before, connections, 3 * connections);
        await server.AssertOthersServedAsync();
        return elapsed;
    }

    /// <summary>Sends a few bytes at a time; says how long the server bore with it.</summary>
    private static async Task<TimeSpan> DripAsync(Socket peer, byte[] bytes, int each, TimeSpan pause)
    {
        using var timer = new PeriodicTimer(pause);
        var start = TimeProvider.System.GetTimestamp();
        var end = EndAsync(peer);
        try
        {
            for (var at = 0; at < bytes.Length && !end.IsCompleted; at += each)
            {
                _ = await peer.SendAsync(bytes.AsMemory(at, Math.Min(each, bytes.Length - at)));
                _ = await timer.WaitForNextTickAsync();
            }
        }
        catch (SocketException)
        {
            // It has ended.
        }

        var elapsed = TimeProvider.System.GetElapsedTime(start, await end.Soon());
        peer.Dispose();
        return elapsed;
    }

    private static async Task<long> EndAsync(Socket peer)
    {
        _ = await peer.ReadToEndAsync();
        return TimeProvider.System.GetTimestamp();
    }

    /// <summary>Asserts times, with a tenth of a second for whoever else is running.</summary>
    private static void AssertSeconds(double expected, double tolerance, params double[] seconds) =>
        Assert.All(seconds, one => Assert.InRange(one, expected - tolerance, expected + tolerance + 0.1));
}
