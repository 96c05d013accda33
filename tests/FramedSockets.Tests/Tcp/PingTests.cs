using System.Net.Sockets;
using FramedSockets.Codecs;
using FramedSockets.Framing;
using FramedSockets.Tcp;
using FramedSockets.Tests.Support;

namespace FramedSockets.Tests.Tcp;

/// <summary>Pings leave where nothing else does, and are no sign of life of the other side.</summary>
public abstract class PingTests(TransportKind kind)
{
    public sealed class OverSockets() : PingTests(TransportKind.Sockets);

    public sealed class OverLinux() : PingTests(TransportKind.Linux);

    public sealed class OverLinuxInline() : PingTests(TransportKind.LinuxInline);

    private static readonly FrameDeadlines Pinging = FrameDeadlines.None with { Ping = TimeSpan.FromSeconds(3) };
    private readonly ManualTimeProvider _clock = new();
    private readonly TagCodec _codec = new();
    private readonly TaskCompletionSource<FrameConnection<int>> _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Fact]
    public async Task A_ping_leaves_each_time_nothing_was_sent_for_so_long()
    {
        await using var loopback = await Start(Pinging);
        using var peer = await loopback.ConnectRaw();
        var connection = await _opened.Task.Soon();
        Beat(3);
        Assert.Equal(0, peer.Available);
        Beat();
        await AssertReceives(peer, Ping());
        Beat(2);
        await connection.SendAsync(1, Frames.Body(5)).Soon();
        await connection.FlushAsync().Soon();
        await AssertReceives(peer, _codec.Frame(1, Frames.Body(5)));
        Beat(3);
        Assert.Equal(0, peer.Available);
        Beat();
        await AssertReceives(peer, Ping());
        Beat(3);
        await AssertReceives(peer, Ping());
    }

    [Fact]
    public async Task Its_own_pings_do_not_keep_a_silent_peer()
    {
        await using var loopback = await Start(Pinging with { Idle = TimeSpan.FromSeconds(20) });
        using var peer = await loopback.ConnectRaw();
        var connection = await _opened.Task.Soon();
        _ = await peer.SendAsync(_codec.Frame(1, [])).Soon();
        var echo = _codec.Frame(1, []);
        await AssertReceives(peer, echo);

        // All that the first look compares has come to rest: the peer may have the echo before it is counted here.
        await Timeouts.Until(() => connection.Reading is { Phase: ReadPhase.Border, Batches: 1 }
            && connection.Writing is { IsSending: false } writing && writing.Moved == echo.Length);
        for (var beat = 0; beat < 20; beat++)
        {
            Beat();
            await Rests(connection);
        }

        Assert.Null(connection.Reason);
        Beat();
        _ = await connection.Completion.Soon().Fails(FramedSocketError.IdleTimeout);
    }

    [Fact]
    public async Task The_peer_s_pings_do()
    {
        await using var loopback = await Start(FrameDeadlines.None with { Idle = TimeSpan.FromSeconds(20) });
        await using var client = await Client(loopback, Pinging).ConnectAsync(loopback.EndPoint).Soon();
        var connection = await _opened.Task.Soon();
        for (var answered = 0; answered < 20; answered++)
        {
            // One ping each time: its first look at the connection does not count yet.
            await Timeouts.Until(() => !client.Writing.IsSending);
            Beat(answered == 0 ? 4 : 3);
            var pong = await client.ReadAsync().Soon();
            Assert.Equal(TagCodec.PingTag, pong.Header);
            await Rests(connection);
        }

        Assert.Null(connection.Reason);
    }

    [Fact]
    public async Task A_ping_that_the_codec_refuses_ends_the_connection()
    {
        await using var loopback = await Start(FrameDeadlines.None);
        await using var client = await Client(loopback, Pinging, new() { Ping = new(TagCodec.Bug) }).ConnectAsync(loopback.EndPoint).Soon();
        Beat(4);
        var reason = await client.Completion.Soon().Fails(FramedSocketError.ConnectionAborted);
        _ = Assert.IsType<NullReferenceException>(reason.InnerException);
    }

    [Fact]
    public async Task Where_the_output_has_ended_there_is_nothing_to_ping_with()
    {
        await using var loopback = await Start(FrameDeadlines.None);
        await using var client = await Client(loopback, Pinging).ConnectAsync(loopback.EndPoint).Soon();
        await client.CompleteOutputAsync().Soon();
        Beat(20);
        Assert.Null(client.Reason);
        Assert.False(await client.WaitToReadAsync().Soon());
    }

    [Fact]
    public async Task Behind_a_switch_the_ping_is_the_other_framing_s()
    {
        var line = new PingCodec<NoHeader>(new LineCodec(), new(default, "PING"u8.ToArray()));
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var loopback = await Start(Pinging, async connection =>
        {
            var lines = await connection.SwitchAsync(line);
            go.SetResult();
            _ = await lines.WaitToReadAsync();
        });
        using var peer = await loopback.ConnectRaw();
        await go.Task.Soon();
        Beat(4);
        await AssertReceives(peer, "PING\n"u8.ToArray());
        peer.Shutdown(SocketShutdown.Send);
    }

    [Fact]
    public void A_codec_without_a_ping_is_refused_where_pings_are_asked_for()
    {
        var codec = new LengthPrefixCodec();
        _ = Assert.Throws<ArgumentException>(() => new TcpFrameClient<NoHeader>(codec, new() { Deadlines = Pinging }));
        _ = Assert.Throws<ArgumentException>(() => new TcpFrameServer<NoHeader>(codec, (_, _) => default, new() { Deadlines = Pinging }));
        _ = new TcpFrameClient<NoHeader>(new PingCodec<NoHeader>(codec, new(default)), new() { Deadlines = Pinging });
    }

    private static Task Rests(FrameConnection<int> connection) =>
        Timeouts.Until(() => connection.Reading.Phase is ReadPhase.Border or ReadPhase.FirstHeader && !connection.Writing.IsSending);

    private static async Task AssertReceives(Socket peer, byte[] expected)
    {
        var received = new byte[expected.Length];
        await new NetworkStream(peer).ReadExactlyAsync(received).Soon();
        Assert.Equal(expected, received);
    }

    private byte[] Ping() => _codec.Frame(TagCodec.PingTag, "hi"u8);

    private async Task<Loopback> Start(FrameDeadlines deadlines, ConnectionHandler<int>? handler = null) => await Loopback.Start(
        kind,
        connection =>
        {
            _opened.SetResult(connection);
            return handler is null ? FrameLoop.RunAsync(connection, Loopback.Echo) : handler(connection);
        },
        options => options with { Deadlines = deadlines, Connection = options.Connection with { TimeProvider = _clock } });

    private TcpFrameClient<int> Client(Loopback loopback, FrameDeadlines deadlines, TagCodec? codec = null) => new(codec ?? _codec, loopback.ClientOptions with
    {
        Connection = loopback.ClientOptions.Connection with { TimeProvider = _clock },
        Deadlines = deadlines,
    });

    private void Beat(int times = 1)
    {
        for (var i = 0; i < times; i++)
        {
            _clock.Advance(Heartbeat.Interval);
        }
    }
}
