using System.Collections.Concurrent;
using System.Net.Sockets;
using FramedSockets.Framing;
using FramedSockets.Tcp;
using FramedSockets.Tests.Support;

namespace FramedSockets.Tests.Tcp;

/// <summary>A server ends those who are late: at the time, not a beat before, with one reason everywhere, and nobody else.</summary>
public abstract class DeadlineTests(TransportKind kind) : IDisposable
{
    public sealed class OverSockets() : DeadlineTests(TransportKind.Sockets);

    public sealed class OverLinux() : DeadlineTests(TransportKind.Linux);

    public sealed class OverLinuxInline() : DeadlineTests(TransportKind.LinuxInline);

    private readonly ManualTimeProvider _clock = new();
    private readonly TagCodec _codec = new();
    private readonly ConcurrentQueue<FrameConnection<int>> _opened = new();
    private readonly ServerCounts _counts = new();

    public void Dispose() => _counts.Dispose();

    [Fact]
    public async Task A_header_a_byte_at_a_time_has_ten_seconds_in_all()
    {
        await using var loopback = await Start();
        using var peer = await loopback.ConnectRaw();
        var connection = await Opened();
        foreach (var b in _codec.Frame(1, [])[..7])
        {
            _ = await peer.SendAsync(new[] { b }).Soon();
            Beat();
        }

        Beat(2);
        Assert.Null(connection.Reason);
        Beat();
        await AssertEnded(loopback, connection, peer, FramedSocketError.HeaderTimeout);
        await AssertServed(loopback);
    }

    [Fact]
    public async Task A_body_that_stops_coming_ends_after_the_grace()
    {
        await using var loopback = await Start();
        using var peer = await loopback.ConnectRaw();
        var connection = await Opened();
        _ = await peer.SendAsync(_codec.Frame(1, Frames.Body(100), declared: 1000)).Soon();
        await Timeouts.Until(() => connection.Reading.Phase == ReadPhase.Frame);
        Beat(5);
        Assert.Null(connection.Reason);
        Beat();
        await AssertEnded(loopback, connection, peer, FramedSocketError.ReadTimeout);
        await AssertServed(loopback);
    }

    [Fact]
    public async Task A_streamed_body_that_stops_coming_ends_after_the_grace()
    {
        await using var loopback = await Start(new() { MaxBufferedBodyLength = 10 });
        using var peer = await loopback.ConnectRaw();
        var connection = await Opened();
        _ = await peer.SendAsync(_codec.Frame(1, Frames.Body(100), declared: 1000)).Soon();
        await new NetworkStream(peer).ReadExactlyAsync(new byte[108]).Soon();
        await Timeouts.Until(() => connection.Reading is { Phase: ReadPhase.Frame, Body: not null });
        Beat(6);
        await AssertEnded(loopback, connection, peer, FramedSocketError.ReadTimeout);
        await AssertServed(loopback);
    }

    [Fact]
    public async Task A_peer_that_rests_for_two_minutes_ends_and_one_that_does_not_stays()
    {
        await using var loopback = await Start();
        await using var good = await loopback.Connect();
        var served = await Opened();
        using var peer = await loopback.ConnectRaw();
        var connection = await Opened();
        _ = await peer.SendAsync(_codec.Frame(1, [])).Soon();
        await Rests(connection);
        await Echo(good, served);
        for (var beat = 0; beat < 120; beat++)
        {
            Beat();
            if (beat % 50 == 0)
            {
                await Echo(good, served);
            }
        }

        Assert.Null(connection.Reason);
        Beat();
        _ = await connection.Completion.Soon().Fails(FramedSocketError.IdleTimeout);
        await Echo(good, served);
    }

    [Fact]
    public async Task A_peer_that_reads_nothing_ends_after_the_grace_and_holds_nobody_up()
    {
        await using var loopback = await Start(handler: async (connection, frame) =>
        {
            await connection.SendAsync(frame.Header, frame.Body);
            await connection.SendAsync(2, Frames.Body(16 * 1024 * 1024));
        });
        using var peer = await loopback.ConnectRaw();
        var connection = await Opened();
        _ = await peer.SendAsync(_codec.Frame(1, [])).Soon();
        await Timeouts.Until(() => connection.Writing.IsSending);

        // What the system can hold is taken by and by; from then on nothing moves.
        await Timeouts.Until(() =>
        {
            Beat();
            return connection.Reason is not null;
        });
        _ = await connection.Completion.Soon().Fails(FramedSocketError.WriteTimeout);
        await Timeouts.Until(() => loopback.Server.ConnectionCount == 0);
    }

    [Fact]
    public async Task A_peer_that_was_refused_and_then_reads_nothing_is_held_to_the_rate_all_the_same()
    {
        var refused = new TaskCompletionSource<FrameConnection<int>>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var loopback = await Loopback.Start(
            kind,
            async connection =>
            {
                _ = await connection.WaitToReadAsync().AsTask().Fails(FramedSocketError.BodyTooLong);
                refused.SetResult(connection);
                await connection.SendAsync(2, Frames.Body(16 * 1024 * 1024));
            },
            options => options with { Connection = options.Connection with { TimeProvider = _clock } });
        using var peer = await loopback.ConnectRaw();
        _ = await peer.SendAsync(_codec.Frame(1, [], declared: int.MaxValue)).Soon();
        var connection = await refused.Task.Soon();
        await Timeouts.Until(() => connection.Writing.IsSending);
        await Timeouts.Until(() =>
        {
            Beat();
            return connection.Writing.IsOver;
        });
        Assert.Equal(FramedSocketError.BodyTooLong, connection.Reason?.Error);
        await Timeouts.Until(() => loopback.Server.ConnectionCount == 0);
    }

    [Fact]
    public async Task A_process_that_slept_ends_nobody()
    {
        await using var loopback = await Start();
        await using var good = await loopback.Connect();
        var connection = await Opened();
        Beat(9);
        _clock.Jump(TimeSpan.FromSeconds(30));
        Assert.Null(connection.Reason);
        await Echo(good, connection);
        _clock.Jump(TimeSpan.FromHours(3));
        await Echo(good, connection);
    }

    [Fact]
    public async Task A_handler_that_works_for_an_hour_is_not_ended_by_its_peer()
    {
        var inside = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var loopback = await Start(handler: async (connection, frame) =>
        {
            inside.SetResult();
            await go.Task;
            await connection.SendAsync(frame.Header, frame.Body);
        });
        await using var client = await loopback.Connect();
        await client.SendAsync(1, Frames.Body(10)).Soon();
        await inside.Task.Soon();
        Beat(3600);
        go.SetResult();
        Assert.True(await client.WaitToReadAsync().Soon());
    }

    [Fact]
    public async Task The_connection_that_holds_most_pays_for_a_budget_that_is_exceeded()
    {
        await using var loopback = await Start(
            handler: async (connection, frame) =>
            {
                connection.Write(frame.Header, Frames.Body(frame.Header));
                await connection.FlushAsync();
            },
            admission: new() { MaxHeldLength = 40_000_000 });
        var connections = new List<(Socket Peer, FrameConnection<int> Connection)>();
        foreach (var length in new[] { 30_000_000, 36_000_000, 20 })
        {
            var peer = await loopback.ConnectRaw();
            var connection = await Opened();
            connections.Add((peer, connection));
            _ = await peer.SendAsync(_codec.Frame(length, [])).Soon();
            await Timeouts.Until(() => connection.Reading.Phase == ReadPhase.Border || connection.Channel.QueuedLength > 0);
        }

        Beat();
        Assert.Equal([null, FramedSocketError.OutOfMemoryBudget, null], connections.Select(pair => pair.Connection.Reason?.Error));
        connections.ForEach(pair => pair.Peer.Dispose());
    }

    /// <summary>A frame there and back, until the server's side rests again: the clock runs faster here than any thread.</summary>
    private static async Task Echo(FrameConnection<int> client, FrameConnection<int> served)
    {
        await client.SendAsync(1, Frames.Body(10)).Soon();
        Assert.True(await client.WaitToReadAsync().Soon());
        Assert.True(client.TryRead(out var frame));
        Assert.Equal(10, frame.BodyLength);
        await Rests(served);
    }

    private static Task Rests(FrameConnection<int> served) =>
        Timeouts.Until(() => served.Reading.Phase == ReadPhase.Border && !served.Writing.IsSending);

    private Task<Loopback> Start(FrameLimits? limits = null, FrameHandler<int>? handler = null, ServerAdmission? admission = null) => Loopback.Start(
        kind,
        connection =>
        {
            _opened.Enqueue(connection);
            return FrameLoop.RunAsync(connection, handler ?? Loopback.Echo);
        },
        options => options with
        {
            Connection = options.Connection with { TimeProvider = _clock, Limits = limits ?? FrameLimits.Default },
            Admission = admission ?? ServerAdmission.Default,
        });

    /// <summary>The connection that was opened last, once its handler reads.</summary>
    private async Task<FrameConnection<int>> Opened()
    {
        FrameConnection<int>? connection = null;
        await Timeouts.Until(() => _opened.TryDequeue(out connection));
        await Timeouts.Until(() => connection!.Reading.Phase == ReadPhase.FirstHeader);
        return connection!;
    }

    private void Beat(int times = 1)
    {
        for (var i = 0; i < times; i++)
        {
            _clock.Advance(Heartbeat.Interval);
        }
    }

    private async Task AssertEnded(Loopback loopback, FrameConnection<int> connection, Socket peer, FramedSocketError error)
    {
        _ = await connection.Completion.Soon().Fails(error);
        _ = await Assert.ThrowsAsync<IOException>(() => new NetworkStream(peer).ReadAll());
        await Timeouts.Until(() => loopback.Server.ConnectionCount == 0);
        await Timeouts.Until(() => _counts.Of(loopback.EndPoint, $"connections.ended {error}") == 1);
        Assert.Equal(0, _counts.Of(loopback.EndPoint, "connections.active"));
    }

    private async Task AssertServed(Loopback loopback)
    {
        await using var client = await loopback.Connect();
        var served = await Opened();
        await Echo(client, served);
        Beat(9);
        await Echo(client, served);
    }
}
