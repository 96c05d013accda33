using System.Net.Sockets;
using FramedSockets.Tcp;
using FramedSockets.Tests.Support;

namespace FramedSockets.Tests.Tcp;

public abstract class ServerStopTests(TransportKind kind)
{
    public sealed class OverSockets() : ServerStopTests(TransportKind.Sockets);

    public sealed class OverLinux() : ServerStopTests(TransportKind.Linux);

    public sealed class OverLinuxInline() : ServerStopTests(TransportKind.LinuxInline);

    private readonly TagCodec _codec = new();

    [Fact]
    public async Task Idle_connections_see_the_end_and_the_listener_is_closed()
    {
        await using var loopback = await Loopback.Start(kind, Loopback.Echo);
        var endPoint = loopback.EndPoint;
        await using var connection = await loopback.Connect();
        await connection.SendAsync(1, ReadOnlyMemory<byte>.Empty).Soon();
        Assert.True(await connection.WaitToReadAsync().Soon());
        Assert.True(connection.TryRead(out _));
        var end = connection.WaitToReadAsync().Soon();
        var stop = loopback.Server.StopAsync().Soon();
        Assert.False(await end);
        await connection.DisposeAsync().Soon();
        var report = await stop;
        Assert.Equal((1, 0), (report.Drained, report.Cut.Count));
        using var late = new Socket(SocketType.Stream, ProtocolType.Tcp);
        _ = await Assert.ThrowsAsync<SocketException>(() => late.ConnectAsync(endPoint).Soon());
    }

    [Fact]
    public async Task While_it_drains_a_server_listens_nowhere()
    {
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var loopback = await Loopback.Start(kind, async (_, _) => await go.Task);
        await using var connection = await loopback.Connect();
        await connection.SendAsync(1, ReadOnlyMemory<byte>.Empty).Soon();
        await Timeouts.Until(() => loopback.Server.ConnectionCount == 1);
        var stop = loopback.Server.StopAsync().Soon();
        await Timeouts.Until(() => loopback.Server.LocalEndPoint is null);
        Assert.False(stop.IsCompleted);
        go.SetResult();
        Assert.Empty((await stop).Cut);
    }

    [Fact]
    public async Task A_handler_that_asks_for_the_next_frame_sees_the_end_and_has_not_failed()
    {
        using var log = new RecordingLog();
        await using var loopback = await Loopback.Start(
            kind,
            async connection =>
            {
                while (true)
                {
                    var frame = await connection.ReadAsync();
                    connection.Write(frame.Header, frame.Body);
                }
            },
            options => options with { LoggerFactory = log });
        await using var stopped = await loopback.Connect();
        await using (var ending = await loopback.Connect())
        {
            await ending.SendAsync(1, Frames.Body(3)).Soon();
            await stopped.SendAsync(1, Frames.Body(3)).Soon();
            Assert.Equal(1, (await ending.ReadAsync().Soon()).Header);
            Assert.Equal(1, (await stopped.ReadAsync().Soon()).Header);
        }

        await Timeouts.Until(() => loopback.Server.ConnectionCount == 1);
        var stop = loopback.Server.StopAsync().Soon();
        Assert.False(await stopped.WaitToReadAsync().Soon());
        await stopped.DisposeAsync().Soon();
        Assert.Equal(1, (await stop).Drained);
        Assert.Empty(log.Of("HandlerFailed"));
        Assert.Equal(2, log.Of("Closed").Count);
    }

    [Fact]
    public async Task A_log_that_throws_decides_nothing()
    {
        using var log = new ThrowingLog();
        await using var loopback = await Loopback.Start(
            kind, (_, frame) => frame.Header == 1 ? throw new InvalidDataException("handler") : default, options => options with { LoggerFactory = log });
        await using var connection = await loopback.Connect();
        await connection.SendAsync(1, ReadOnlyMemory<byte>.Empty).Soon();
        _ = await connection.WaitToReadAsync().AsTask().Soon().Fails(FramedSocketError.ConnectionReset);
        await Timeouts.Until(() => loopback.Server.ConnectionCount == 0);
        await using var other = await loopback.Connect();
        await Timeouts.Until(() => loopback.Server.ConnectionCount == 1);
        var stop = loopback.Server.StopAsync().Soon();
        Assert.False(await other.WaitToReadAsync().Soon());
        await other.DisposeAsync().Soon();
        Assert.Empty((await stop).Cut);
        Assert.True(log.Thrown > 3);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Frames_that_have_arrived_are_handled_and_a_frame_that_has_begun_is_read_to_its_end(int split)
    {
        var inside = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var loopback = await Loopback.Start(
            kind,
            async (connection, frame) =>
            {
                var (tag, body) = (frame.Header, await frame.BodyReader.ReadToEnd());
                if (tag == 1)
                {
                    inside.SetResult();
                    await go.Task;
                }

                await connection.SendAsync(tag, body);
            },
            options => options with { Connection = options.Connection with { Limits = new() { MaxBufferedBodyLength = 50_000 } } });
        using var peer = await loopback.ConnectRaw();
        byte[] bytes = [.. _codec.Frame(1, []), .. _codec.Frame(2, []), .. _codec.Frame(3, Frames.Body(100_000))];
        _ = await peer.SendAsync(bytes.AsMemory(0, 16 + (split * 10_000))).Soon();
        await inside.Task.Soon();
        var stop = loopback.Server.StopAsync().Soon();
        go.SetResult();
        _ = await peer.SendAsync(bytes.AsMemory(16 + (split * 10_000))).Soon();
        var replies = await Frames.Decode(await new NetworkStream(peer).ReadAll());
        peer.Dispose();
        Assert.Equal([1, 2, 3], replies.Select(reply => reply.Tag));
        Assert.Empty((await stop).Cut);
    }

    [Fact]
    public async Task Many_connections_in_mid_flight_get_a_reply_for_every_frame_that_was_handled()
    {
        var handled = 0;
        await using var loopback = await Loopback.Start(kind, (connection, frame) =>
        {
            _ = Interlocked.Increment(ref handled);
            return connection.SendAsync(frame.Header, frame.Body);
        });
        var clients = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => loopback.Connect()));

        // One that is not accepted yet is refused by the stop, and sees a reset.
        await Timeouts.Until(() => loopback.Server.ConnectionCount == clients.Length);
        var replies = 0;
        var reading = clients.Select(client => Task.Run(async () =>
        {
            await foreach (var frame in client.ReadAllAsync())
            {
                _ = Interlocked.Increment(ref replies);
            }
        })).ToArray();
        foreach (var client in clients)
        {
            for (var i = 0; i < 20; i++)
            {
                client.Write(i, Frames.Body(50));
            }

            await client.FlushAsync().Soon();
        }

        await Timeouts.Until(() => Volatile.Read(ref handled) > 500);
        var stop = loopback.Server.StopAsync().Soon();
        await Task.WhenAll(reading).Soon();
        await Task.WhenAll(clients.Select(client => client.DisposeAsync().AsTask())).Soon();
        Assert.Empty((await stop).Cut);
        Assert.Equal(handled, replies);
    }

    [Fact]
    public async Task A_handler_that_never_returns_is_cut_at_the_limit_and_left_behind_a_second_later()
    {
        var clock = new ManualTimeProvider();
        var never = new TaskCompletionSource();
        var inside = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var loopback = await Loopback.Start(
            kind,
            async connection =>
            {
                inside.SetResult();
                await never.Task;
            },
            options => options with { DrainTimeout = TimeSpan.FromSeconds(30), Connection = options.Connection with { TimeProvider = clock } });
        await using var connection = await loopback.Connect();
        await inside.Task.Soon();
        var stop = loopback.Server.StopAsync().Soon();
        await Timeouts.Until(() => clock.PendingTimers == 2);
        clock.Advance(TimeSpan.FromSeconds(29));
        Assert.False(stop.IsCompleted);
        clock.Advance(TimeSpan.FromSeconds(1));
        _ = await Assert.ThrowsAsync<FramedSocketException>(() => connection.WaitToReadAsync().Soon());
        await Timeouts.Until(() => clock.PendingTimers == 2);
        clock.Advance(TimeSpan.FromSeconds(1));
        var report = await stop;
        Assert.Equal(0, report.Drained);
        Assert.Equal(connection.LocalEndPoint, Assert.Single(report.Cut).RemoteEndPoint);
        never.SetResult();
        await connection.DisposeAsync().Soon();
        await loopback.Pool.EnsureAllReturnedAsync();
    }

    [Fact]
    public async Task A_stop_that_a_handler_waits_for_cuts_that_handler()
    {
        var clock = new ManualTimeProvider();
        var (inside, report) = (new TaskCompletionSource<TcpFrameServer<int>>(), new TaskCompletionSource<ServerStopReport>());
        await using var loopback = await Loopback.Start(
            kind,
            async connection => report.SetResult(await (await inside.Task).StopAsync()),
            options => options with { DrainTimeout = TimeSpan.FromSeconds(30), Connection = options.Connection with { TimeProvider = clock } });
        await using var connection = await loopback.Connect();
        inside.SetResult(loopback.Server);
        foreach (var wait in new[] { 30, 1 })
        {
            await Timeouts.Until(() => clock.PendingTimers == 2);
            Assert.False(report.Task.IsCompleted);
            clock.Advance(TimeSpan.FromSeconds(wait));
        }

        Assert.Equal(connection.LocalEndPoint, Assert.Single((await report.Task.Soon()).Cut).RemoteEndPoint);
    }

    [Fact]
    public async Task A_cancelled_stop_aborts_at_once()
    {
        var inside = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var loopback = await Loopback.Start(kind, async connection =>
        {
            inside.SetResult();
            _ = await Task.Delay(Timeout.Infinite, connection.ConnectionClosed).ContinueWith(_ => 0, TaskScheduler.Default);
        });
        await using var connection = await loopback.Connect();
        await inside.Task.Soon();
        using var patience = new CancellationTokenSource();
        var stop = loopback.Server.StopAsync(patience.Token).Soon();
        Assert.False(stop.IsCompleted);
        await patience.CancelAsync();
        _ = Assert.Single((await stop).Cut);
    }

    [Fact]
    public async Task A_handler_that_does_not_read_ends_when_it_is_told_to_stop()
    {
        var inside = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var loopback = await Loopback.Start(kind, async connection =>
        {
            var told = new TaskCompletionSource();
            using (connection.Stopping.Register(told.SetResult))
            {
                inside.SetResult();
                await told.Task;
            }
        });
        await using var connection = await loopback.Connect();
        await inside.Task.Soon();
        Assert.Empty((await loopback.Server.StopAsync().Soon()).Cut);
    }

    [Fact]
    public async Task Stops_that_meet_share_one_end_also_with_a_start()
    {
        await using var options = new PoisonedOptions(kind);
        await using var server = new TcpFrameServer<int>(_codec, Loopback.Echo, options.Server);
        for (var i = 0; i < 50; i++)
        {
            var start = Task.Run(() => server.StartAsync());
            var stops = Enumerable.Range(0, 10).Select(_ => Task.Run(() => server.StopAsync())).ToArray();
            await start.Soon();
            _ = await Task.WhenAll(stops).Soon();
            _ = await server.StopAsync().Soon();
            Assert.Null(server.LocalEndPoint);
        }
    }

    [Fact]
    public async Task A_stop_of_a_server_that_does_not_run_is_nothing()
    {
        await using var options = new PoisonedOptions(kind);
        await using var server = new TcpFrameServer<int>(_codec, Loopback.Echo, options.Server);
        var report = await server.StopAsync().Soon();
        Assert.Equal((0, 0), (report.Drained, report.Cut.Count));
    }
}
