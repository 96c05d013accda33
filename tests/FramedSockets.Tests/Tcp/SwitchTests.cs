using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Text;
using FramedSockets.Codecs;
using FramedSockets.Framing;
using FramedSockets.Tcp;
using FramedSockets.Tests.Support;

namespace FramedSockets.Tests.Tcp;

/// <summary>A greeting in lines, and then frames of another kind, on one connection.</summary>
public sealed class SwitchTests : CleanedUp
{
    private static readonly TagCodec Frames = new();
    private readonly PoisonedOptions _options = new(TransportKind.Sockets);

    public override ValueTask DisposeAsync() => _options.DisposeAsync();

    [Fact]
    public async Task Frames_behind_a_greeting_are_read_even_if_they_came_with_it()
    {
        await using var server = await StartAsync(EchoAsync);
        using var peer = await ConnectAsync(server);
        byte[] all = [.. "HELLO\n"u8, .. Frames.Frame(7, "one"u8), .. Frames.Frame(8, "two"u8)];
        _ = await peer.SendAsync(all).Soon();
        var answer = await EndAsync(peer);
        Assert.Equal([.. "WELCOME\n"u8, .. Frames.Frame(7, "one"u8), .. Frames.Frame(8, "two"u8)], answer);
    }

    [Fact]
    public async Task A_greeting_that_arrives_in_pieces_loses_nothing()
    {
        await using var server = await StartAsync(EchoAsync);
        using var peer = await ConnectAsync(server);
        foreach (var b in (byte[])[.. "HELLO\n"u8, .. Frames.Frame(7, "one"u8)])
        {
            _ = await peer.SendAsync(new[] { b }).Soon();
        }

        var answer = await EndAsync(peer);
        Assert.Equal([.. "WELCOME\n"u8, .. Frames.Frame(7, "one"u8)], answer);
    }

    [Fact]
    public async Task A_handler_of_frames_may_switch_too()
    {
        await using var server = new TcpFrameServer<NoHeader>(new LineCodec(), async (connection, _) => await AnswerAsync(connection), _options.Server);
        await server.StartAsync().Soon();
        using var peer = await ConnectAsync(server);
        _ = await peer.SendAsync((byte[])[.. "HELLO\n"u8, .. Frames.Frame(7, "one"u8)]).Soon();
        var answer = await EndAsync(peer);
        Assert.Equal([.. "WELCOME\n"u8, .. Frames.Frame(7, "one"u8)], answer);
    }

    [Fact]
    public async Task Behind_a_greeting_there_is_no_first_header_to_be_late()
    {
        var clock = new ManualTimeProvider();
        var switched = new TaskCompletionSource<FrameConnection<int>>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = new TcpFrameServer<NoHeader>(
            new LineCodec(),
            async connection =>
            {
                _ = await connection.ReadAsync();
                await using var frames = await connection.SwitchAsync(Frames);
                switched.SetResult(frames);
                _ = await frames.WaitToReadAsync();
            },
            _options.Server with { Connection = _options.Connection with { TimeProvider = clock } });
        await server.StartAsync().Soon();
        using var peer = await ConnectAsync(server);
        _ = await peer.SendAsync("HELLO\n"u8.ToArray()).Soon();
        var second = await switched.Task.Soon();
        await Timeouts.Until(() => second.Reading.Phase == ReadPhase.Border);
        for (var beat = 0; beat < 60; beat++)
        {
            clock.Advance(Heartbeat.Interval);
        }

        Assert.Null(second.Reason);
        _ = await EndAsync(peer);
    }

    [Fact]
    public async Task Both_share_one_end()
    {
        var (near, far) = DuplexPipe.CreatePair();
        var first = new FrameConnection<NoHeader>(near, new LineCodec(), _options.Connection);
        var second = await first.SwitchAsync(Frames).Soon();
        Assert.Equal(first.Id, second.Id);
        first.Abort();
        _ = await second.Completion.Soon().Fails(FramedSocketError.ConnectionAborted);
        _ = await Assert.ThrowsAsync<FramedSocketException>(() => second.WaitToReadAsync().Soon());
        await second.DisposeAsync().Soon();
        await first.DisposeAsync().Soon();
        Assert.True(first.ConnectionClosed.IsCancellationRequested);
        await far.Output.CompleteAsync();
    }

    [Fact]
    public async Task The_first_reads_and_sends_no_more()
    {
        var (near, _) = DuplexPipe.CreatePair();
        await using var first = new FrameConnection<NoHeader>(near, new LineCodec(), _options.Connection);
        await using var second = await first.SwitchAsync(Frames).Soon();
        var read = await Assert.ThrowsAsync<ObjectDisposedException>(() => first.WaitToReadAsync().Soon());
        Assert.Contains("handed on to another framing", read.Message);
        Assert.Equal(typeof(FrameConnection<NoHeader>).FullName, read.ObjectName);
        Assert.False(first.TryRead(out var _));
        var sent = Assert.Throws<InvalidOperationException>(() => first.TrySend(default, "x"u8));
        Assert.Contains("handed it on to another framing", sent.Message);
        _ = await Assert.ThrowsAsync<ObjectDisposedException>(() => first.SwitchAsync(Frames).Soon());
    }

    [Fact]
    public async Task Ending_the_output_of_the_first_ends_the_second_s_behind_its_frames()
    {
        var (near, far) = DuplexPipe.CreatePair();
        await using var first = new FrameConnection<NoHeader>(near, new LineCodec(), _options.Connection);
        await using var second = await first.SwitchAsync(Frames).Soon();
        second.Write(7, "one"u8);
        await first.CompleteOutputAsync().Soon();
        Assert.Equal(Frames.Frame(7, "one"u8), await far.Input.ReadToEnd());
        _ = Assert.Throws<InvalidOperationException>(() => second.TrySend(8, "two"u8));
        await far.CompleteAsync();
    }

    [Fact]
    public async Task An_output_that_has_ended_has_ended_for_the_second_too()
    {
        var (near, far) = DuplexPipe.CreatePair();
        await using var first = new FrameConnection<NoHeader>(near, new LineCodec(), _options.Connection);
        await first.CompleteOutputAsync().Soon();
        await using var second = await first.SwitchAsync(new PingCodec<int>(Frames, new(TagCodec.PingTag))).Soon();
        second.Channel.Ping();
        _ = Assert.Throws<InvalidOperationException>(() => second.TrySend(8, "two"u8));
        await second.CompleteOutputAsync().Soon();
        Assert.Null(second.Reason);
        _ = await far.Output.WriteAsync(Frames.Frame(7, "one"u8)).Soon();
        Assert.Equal(7, (await second.ReadAsync().Soon()).Header);
        await far.CompleteAsync();
    }

    [Fact]
    public async Task An_output_that_is_ending_is_waited_for_by_the_second_too()
    {
        var output = new SlowEnd();
        var input = new Pipe();
        await using var first = new FrameConnection<NoHeader>(new DuplexPipe(input.Reader, output), new LineCodec(), _options.Connection);
        var ending = first.CompleteOutputAsync().AsTask();
        var second = await first.SwitchAsync(Frames).Soon();
        var disposing = second.DisposeAsync().AsTask();
        Assert.False(ending.IsCompleted || disposing.IsCompleted);
        output.End();
        await ending.Soon();
        await disposing.Soon();
        Assert.Null(second.Reason);
    }

    [Fact]
    public async Task An_output_whose_end_was_asked_for_ends_for_the_second_too_although_nobody_waits_for_it()
    {
        var (near, far) = DuplexPipe.CreatePair(pause: 16);
        await using var first = new FrameConnection<NoHeader>(near, new LineCodec(), _options.Connection);
        var line = Encoding.ASCII.GetBytes(new string('x', 100));
        await first.SendAsync(default, line).Soon();
        using var cancel = new CancellationTokenSource();
        var ending = first.CompleteOutputAsync(cancel.Token).AsTask();
        await cancel.CancelAsync();
        _ = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ending.Soon());
        var switching = first.SwitchAsync(Frames).AsTask();
        Assert.False(switching.IsCompleted);
        var sent = far.Input.ReadToEnd();
        await using var second = await switching.Soon();
        _ = Assert.Throws<InvalidOperationException>(() => second.TrySend(8, "two"u8));
        Assert.Equal(line.Length + 1, (await sent.Soon()).Length);
        _ = await far.Output.WriteAsync(Frames.Frame(7, "one"u8)).Soon();
        Assert.Equal(7, (await second.ReadAsync().Soon()).Header);
        await second.CompleteOutputAsync().Soon();
        Assert.Null(second.Reason);
        await far.CompleteAsync();
    }

    [Fact]
    public async Task A_body_that_lasts_until_the_end_is_the_last_although_the_framing_changes_before_its_sender_goes_on()
    {
        var (near, far) = DuplexPipe.CreatePair();
        await using var first = new FrameConnection<int>(near, Frames, _options.Connection);
        var writer = first.Channel.Writer;
        await writer.Direct.AcquireAsync(TagCodec.UntilEnd, default, HeaderDecodeResult.UntilEnd, default).Soon();
        var switching = first.SwitchAsync(new LineCodec()).AsTask();
        writer.Queue.Close();
        writer.Direct.Release();
        await using var second = await switching.Soon();
        _ = Assert.Throws<InvalidOperationException>(() => second.TrySend(default, "two"u8));
        await writer.Queue.CompleteAsync(default).Soon();
        Assert.Equal(Frames.Frame(TagCodec.UntilEnd, default, declared: -1), await far.Input.ReadToEnd());
        Assert.Null(second.Reason);
        await far.CompleteAsync();
    }

    [Fact]
    public async Task A_connection_that_has_failed_is_not_switched()
    {
        var (near, far) = DuplexPipe.CreatePair();
        await using var first = new FrameConnection<NoHeader>(near, new LineCodec(), _options.Connection);
        first.Channel.Writer.Queue.Turn.Fail(new(FramedSocketError.ConnectionReset, "reset"));
        _ = await Assert.ThrowsAnyAsync<Exception>(() => first.SwitchAsync(Frames).Soon());
        await first.DisposeAsync().Soon();
        await far.CompleteAsync();
    }

    [Fact]
    public async Task One_whose_reading_has_failed_is_not_either_and_still_has_its_last_word()
    {
        var (near, far) = DuplexPipe.CreatePair();
        await using var first = new FrameConnection<NoHeader>(near, new LineCodec(), _options.Connection);
        _ = await far.Output.WriteAsync("HEL"u8.ToArray()).Soon();
        await far.Output.CompleteAsync();
        var reason = await first.WaitToReadAsync().Soon().Fails(FramedSocketError.TruncatedFrame);
        Assert.Same(reason, await Assert.ThrowsAsync<FramedSocketException>(() => first.SwitchAsync(Frames).Soon()));
        await first.SendAsync(default, "sorry"u8.ToArray()).Soon();
        await first.DisposeAsync().Soon();
        Assert.Equal("sorry\n"u8.ToArray(), await far.Input.ReadToEnd());
        await far.CompleteAsync();
    }

    [Fact]
    public async Task Nor_is_one_whose_reading_fails_meanwhile()
    {
        var (near, far) = DuplexPipe.CreatePair(pause: 16);
        await using var first = new FrameConnection<NoHeader>(near, new LineCodec(), _options.Connection);
        await first.SendAsync(default, Encoding.ASCII.GetBytes(new string('x', 100))).Soon();
        var switching = first.SwitchAsync(Frames).AsTask();
        Assert.False(switching.IsCompleted);
        var reason = new FramedSocketException(FramedSocketError.ConnectionReset, "reset");
        ((IFailureListener)first.Channel).OnReadFailed(reason);
        var sent = far.Input.ReadToEnd();
        Assert.Same(reason, await Assert.ThrowsAsync<FramedSocketException>(() => switching.Soon()));
        await first.DisposeAsync().Soon();
        Assert.Equal(101, (await sent.Soon()).Length);
        await far.CompleteAsync();
    }

    [Fact]
    public async Task A_server_that_stops_ends_the_second_calmly()
    {
        var switched = new TaskCompletionSource<FrameConnection<int>>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await StartAsync(async connection =>
        {
            var second = await connection.SwitchAsync(Frames);
            switched.SetResult(second);
            await foreach (var frame in second.ReadAllAsync())
            {
                await second.SendAsync(frame.Header, frame.Body);
            }
        });
        using var peer = await ConnectAsync(server);
        _ = await switched.Task.Soon();
        _ = await peer.SendAsync(Frames.Frame(7, "one"u8)).Soon();
        var echo = new byte[Frames.Frame(7, "one"u8).Length];
        await new NetworkStream(peer).ReadExactlyAsync(echo).Soon();
        var stopping = server.StopAsync().Soon();
        Assert.Empty(await new NetworkStream(peer).ReadAll());
        peer.Dispose();
        Assert.Empty((await stopping).Cut);
    }

    [Fact]
    public async Task A_switch_that_is_broken_off_leaves_a_connection_that_can_be_disposed()
    {
        var (near, far) = DuplexPipe.CreatePair(pause: 16);
        await using var first = new FrameConnection<NoHeader>(near, new LineCodec(), _options.Connection);
        await first.SendAsync(default, Encoding.ASCII.GetBytes(new string('x', 100))).Soon();
        using var cancel = new CancellationTokenSource();
        var switching = first.SwitchAsync(Frames, cancellationToken: cancel.Token).AsTask();
        await cancel.CancelAsync();
        _ = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => switching.Soon());
        first.Abort();
        await first.DisposeAsync().Soon();
        await far.Output.CompleteAsync();
        _ = await Assert.ThrowsAnyAsync<Exception>(() => far.Input.ReadAtLeastAsync(1000).Soon());
        await far.CompleteAsync();
    }

    private static async Task EchoAsync(FrameConnection<NoHeader> connection)
    {
        if (await connection.WaitToReadAsync() && connection.TryRead(out var greeting))
        {
            Assert.Equal("HELLO"u8.ToArray(), greeting.Body.ToArray());
        }

        await AnswerAsync(connection);
    }

    private static async Task AnswerAsync(FrameConnection<NoHeader> connection)
    {
        connection.Write(default, "WELCOME"u8);
        await using var frames = await connection.SwitchAsync(Frames);
        await foreach (var frame in frames.ReadAllAsync())
        {
            await frames.SendAsync(frame.Header, frame.Body);
        }
    }

    private async Task<TcpFrameServer<NoHeader>> StartAsync(ConnectionHandler<NoHeader> handler)
    {
        var server = new TcpFrameServer<NoHeader>(new LineCodec(), handler, _options.Server);
        await server.StartAsync().Soon();
        return server;
    }

    /// <summary>Sends the end, and reads up to the other side's.</summary>
    private static Task<byte[]> EndAsync(Socket peer)
    {
        var stream = new NetworkStream(peer);
        peer.Shutdown(SocketShutdown.Send);
        return stream.ReadAll();
    }

    private static async Task<Socket> ConnectAsync(TcpFrameServer<NoHeader> server)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(server.LocalEndPoint!).Soon();
        return socket;
    }
}
