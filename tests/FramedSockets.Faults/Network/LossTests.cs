using System.Net.Sockets;
using System.Security.Cryptography;
using FramedSockets.Faults.Support;
using FramedSockets.Tcp;
using FramedSockets.Tests.Support;

namespace FramedSockets.Faults.Network;

/// <summary>Networks that lose, refuse or delay packets.</summary>
public sealed class LossTests
{
    private const int MiB = 1024 * 1024;

    [Case("R12", IsLong = true, Needs = "ip iptables-legacy")]
    public async Task A_network_that_vanishes_ends_whoever_sends_and_whoever_rests()
    {
        await using var timed = await PrivateNetwork.StartAsync();
        await using var kept = await PrivateNetwork.StartAsync(FrameDeadlines.None);
        var sender = await timed.ConnectRawAsync();
        await using var idle = await timed.ConnectAsync();
        await idle.AssertEchoAsync();
        await using var keptAlive = await kept.ConnectAsync();
        await keptAlive.AssertEchoAsync();
        _ = await sender.SendAsync(Wire.L($$"""{"do":"give","id":{{16 * MiB}},"filesize":0}""")).Soon();
        Assert.NotEqual(0, await sender.ReceiveAsync(new byte[1000]).Soon());
        timed.Shell("iptables-legacy -A INPUT -j DROP");
        kept.Shell("iptables-legacy -A INPUT -j DROP");
        var start = TimeProvider.System.GetTimestamp();
        await UntilAsync(() => timed.CountEnded(FramedSocketError.WriteTimeout) == 1);
        var write = TimeProvider.System.GetElapsedTime(start).TotalSeconds;
        var rest = (await timed.UntilEmptyAsync(TimeSpan.FromSeconds(125))).TotalSeconds + write;
        var keepAlive = (await kept.UntilEmptyAsync(TimeSpan.FromSeconds(30))).TotalSeconds + rest;
        var byDeadline = timed.CountEnded(FramedSocketError.IdleTimeout);
        Assert.Equal(1, byDeadline + timed.CountEnded(FramedSocketError.ConnectionTimedOut));
        Assert.Equal(1, kept.CountEnded(FramedSocketError.ConnectionTimedOut));
        sender.Dispose();
        Figures.Record("R12", $"sending: WriteTimeout after {write:N1} s; at rest: {(byDeadline > 0 ? "IdleTimeout" : "keep-alive")} after {rest:N0} s; keep-alive alone: {keepAlive:N0} s; no connection left");
    }

    [Case("R13", IsLong = true, Needs = "ip iptables-legacy")]
    public async Task A_reset_that_only_the_client_sees_does_not_leave_the_server_waiting()
    {
        await using var network = await PrivateNetwork.StartAsync();
        using var peer = await network.ConnectRawAsync();
        _ = await peer.SendAsync((byte[])[.. Wire.Head("keep", 1000), .. new byte[100]]).Soon();
        await UntilAsync(() => network.Server.ConnectionCount == 1);
        network.Shell($"iptables-legacy -A INPUT -p tcp --dport {network.Port} -j REJECT --reject-with tcp-reset");
        var reset = await Assert.ThrowsAsync<SocketException>(async () =>
        {
            while (true)
            {
                _ = await peer.SendAsync(new byte[1]).Soon();
            }
        });
        Assert.Contains(reset.SocketErrorCode, new[] { SocketError.ConnectionReset, SocketError.Shutdown });
        var elapsed = await network.UntilEmptyAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(1, network.CountEnded(FramedSocketError.ReadTimeout));
        Figures.Record("R13", $"the client saw {reset.SocketErrorCode}, the server ended with ReadTimeout {elapsed.TotalSeconds:N1} s later");
    }

    [Case("R15", IsLong = true, Needs = "ip iptables-legacy")]
    public async Task Loss_costs_time_and_no_byte()
    {
        const int Frames = 50;
        await using var network = await PrivateNetwork.StartAsync();
        network.Shell("iptables-legacy -A INPUT -m statistic --mode random --probability 0.05 -j DROP");
        var start = TimeProvider.System.GetTimestamp();
        await Crowd.RunAsync(4, 4, async i =>
        {
            await using var connection = await network.ConnectAsync();
            var body = Wire.Body(MiB, i);
            var expected = SHA256.HashData(body);
            for (var frame = 0; frame < Frames; frame++)
            {
                var send = connection.SendAsync(new("echo", i), body).AsTask();
                var reply = await connection.ReadAsync().AsTask().WaitAsync(TimeSpan.FromMinutes(5));
                Assert.Equal(expected, await SHA256.HashDataAsync(reply.BodyReader.AsStream()));
                await send;
            }
        });
        var seconds = TimeProvider.System.GetElapsedTime(start).TotalSeconds;
        _ = await network.UntilEmptyAsync(TimeSpan.FromSeconds(10));
        foreach (var error in Enum.GetValues<FramedSocketError>())
        {
            Assert.Equal(0, network.CountEnded(error));
        }

        Figures.Record("R15", $"{4 * Frames} MiB each way over 4 connections at 5 % loss in {seconds:N0} s, every SHA-256 equal, no timeout");
    }

    [Case("R16", IsLong = true, Needs = "ip tc")]
    public async Task A_slow_link_is_borne_and_one_below_the_lowest_rate_is_not()
    {
        await using var network = await PrivateNetwork.StartAsync();
        await using var connection = await network.ConnectAsync();
        await connection.AssertEchoAsync();
        network.Shell("tc qdisc add dev lo root tbf rate 1mbit burst 10kb latency 1s");
        var start = TimeProvider.System.GetTimestamp();
        await connection.SendAsync(new("keep", 1), Wire.Body(MiB)).Soon();
        await connection.AssertEchoAsync();
        var up = TimeProvider.System.GetElapsedTime(start).TotalSeconds;
        start = TimeProvider.System.GetTimestamp();
        await connection.SendAsync(new("give", MiB), default).Soon();
        Assert.Equal(MiB, (await connection.ReadAsync().Soon()).BodyLength);
        var down = TimeProvider.System.GetElapsedTime(start).TotalSeconds;
        Assert.Equal(1, network.Server.ConnectionCount);

        var times = await Task.WhenAll(
            CrawlAsync(new("keep", 1), Wire.Body(MiB), FramedSocketError.ReadTimeout),
            CrawlAsync(new("give", MiB), [], FramedSocketError.WriteTimeout));
        Assert.InRange(up, 8, 12);
        Assert.InRange(down, 8, 12);
        Figures.Record("R16", $"1 Mbit/s: 1 MiB in {up:N1} s up, {down:N1} s down; 1 kbit/s: ReadTimeout after {times[0]:N1} s, WriteTimeout after {times[1]:N1} s");
    }

    /// <summary>A frame over a link that is too slow for it: how long the server bore with it.</summary>
    private static async Task<double> CrawlAsync(Order order, byte[] body, FramedSocketError expected)
    {
        await using var network = await PrivateNetwork.StartAsync();
        await using var connection = await network.ConnectAsync();
        await connection.AssertEchoAsync();
        network.Shell("tc qdisc add dev lo root tbf rate 1kbit burst 2kb latency 60s");
        var start = TimeProvider.System.GetTimestamp();
        var sending = connection.SendAsync(order, body).AsTask();
        await UntilAsync(() => network.CountEnded(expected) == 1);
        var elapsed = TimeProvider.System.GetElapsedTime(start).TotalSeconds;
        connection.Abort();
        Assert.True(await Record.ExceptionAsync(() => sending.Soon()) is null or FramedSocketException);
        return elapsed;
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        var start = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromMinutes(1), "It never became true.");
            _ = await timer.WaitForNextTickAsync();
        }
    }
}
