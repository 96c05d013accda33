using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using FramedSockets.Framing;
using FramedSockets.Tcp;
using FramedSockets.Tests.Support;

namespace FramedSockets.Tests.Tcp;

/// <summary>Ends that meet: of a connection, of its output, of its handler and of its server.</summary>
public sealed class CloseTests : IDisposable
{
    private readonly ManualTimeProvider _clock = new();
    private readonly RecordingLog _log = new();
    private readonly TagCodec _codec = new();

    public void Dispose() => _log.Dispose();

    [Fact]
    public async Task An_end_that_the_peer_does_not_take_is_broken_off_in_time()
    {
        var output = new SlowEnd();
        var options = new FrameConnectionOptions { TimeProvider = _clock, Pool = CheckedPool.Create() };
        var connection = new FrameConnection<int>(new DuplexPipe(new Pipe().Reader, output), _codec, options);
        var disposing = connection.DisposeAsync().AsTask();
        await Timeouts.Until(() => output.IsEnding);
        _clock.Advance(options.CloseTimeout - TimeSpan.FromMilliseconds(1));
        Assert.False(disposing.IsCompleted);
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        await disposing.Soon();
        Assert.Equal(FramedSocketError.ConnectionAborted, connection.Reason?.Error);
    }

    [Fact]
    public async Task Without_time_to_close_what_takes_none_still_ends_cleanly()
    {
        var (near, far) = DuplexPipe.CreatePair();
        var connection = new FrameConnection<int>(near, _codec, new() { CloseTimeout = TimeSpan.Zero, Pool = CheckedPool.Create() });
        await connection.SendAsync(1, Frames.Body(10)).Soon();
        await connection.DisposeAsync().Soon();
        Assert.Null(connection.Reason);
        Assert.Equal(_codec.Frame(1, Frames.Body(10)), await far.Input.ReadToEnd());
        await far.CompleteAsync();
    }

    [Fact]
    public async Task Who_completes_an_output_that_is_ending_waits_for_its_end()
    {
        var output = new SlowEnd();
        var writer = new FrameWriter<int>(output, _codec, pool: CheckedPool.Create());
        var first = writer.CompleteAsync().AsTask();
        var second = writer.CompleteAsync().AsTask();
        using var cancel = new CancellationTokenSource();
        var third = writer.CompleteAsync(cancel.Token).AsTask();
        Assert.False(first.IsCompleted || second.IsCompleted || third.IsCompleted);
        await cancel.CancelAsync();
        _ = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => third.Soon());
        output.End();
        await Task.WhenAll(first, second).Soon();
    }

    [Fact]
    public async Task An_output_that_fails_to_end_has_failed()
    {
        var output = new SlowEnd();
        var writer = new FrameWriter<int>(output, _codec, pool: CheckedPool.Create());
        var first = writer.CompleteAsync().AsTask();
        var second = writer.CompleteAsync().AsTask();
        output.CancelPendingFlush();
        var reason = await first.Soon().Fails(FramedSocketError.TransportFailed);
        Assert.Same(reason, await second.Soon().Fails(FramedSocketError.TransportFailed));
        Assert.Same(reason, await writer.CompleteAsync().Soon().Fails(FramedSocketError.TransportFailed));
    }

    [Fact]
    public async Task A_token_ends_the_wait_of_whoever_ends_the_output()
    {
        var output = new SlowEnd();
        var writer = new FrameWriter<int>(output, _codec, pool: CheckedPool.Create());
        using var cancel = new CancellationTokenSource();
        var first = writer.CompleteAsync(cancel.Token).AsTask();
        var second = writer.CompleteAsync().AsTask();
        await cancel.CancelAsync();
        _ = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first.Soon());
        Assert.False(second.IsCompleted);
        output.End();
        await second.Soon();
    }

    [Fact]
    public async Task A_transport_that_throws_when_it_is_aborted_is_disposed_and_read_no_more()
    {
        var input = new Pipe();
        var transport = new FaultyTransport(input.Reader, new SlowEnd());
        var connection = new FrameConnection<int>(transport, _codec, new() { TimeProvider = _clock, Pool = CheckedPool.Create() });
        var disposing = connection.DisposeAsync().AsTask();
        _clock.Advance(FrameConnectionOptions.Default.CloseTimeout);
        _ = await Assert.ThrowsAsync<NotSupportedException>(() => disposing.Soon());
        Assert.True(transport.IsDisposed);
        _ = await Assert.ThrowsAsync<FramedSocketException>(() => input.Writer.FlushAsync().Soon());
        _ = await connection.Completion.Soon().Fails(FramedSocketError.ConnectionAborted);
    }

    [Fact]
    public async Task A_connection_over_a_stream_that_was_aborted_can_be_disposed()
    {
        var input = new Pipe();
        var pool = CheckedPool.Create();
        var output = PipeWriter.Create(new MemoryStream(), new(pool.AsMemoryPool()));
        var connection = new FrameConnection<int>(new DuplexPipe(input.Reader, output), _codec, new() { Pool = pool });
        await connection.SendAsync(1, Frames.Body(10)).Soon();
        await connection.CompleteOutputAsync().Soon();
        connection.Abort();
        await connection.DisposeAsync().Soon();
        _ = await connection.Completion.Soon().Fails(FramedSocketError.ConnectionAborted);
    }

    [Fact]
    public async Task An_abort_behind_a_clean_end_changes_nothing()
    {
        var (near, far) = DuplexPipe.CreatePair();
        var connection = new FrameConnection<int>(near, _codec, new() { Pool = CheckedPool.Create() });
        await connection.DisposeAsync().Soon();
        connection.Abort();
        Assert.Null(connection.Reason);
        await connection.Completion.Soon();
        await far.CompleteAsync();
    }

    [Fact]
    public async Task A_switch_that_meets_a_disposal_leaves_nothing_that_reads()
    {
        var (near, far) = DuplexPipe.CreatePair(pause: 16);
        var first = new FrameConnection<int>(near, _codec, new() { Pool = CheckedPool.Create() });
        await first.SendAsync(1, Frames.Body(100)).Soon();
        var switching = first.SwitchAsync(_codec).AsTask();
        var disposing = first.DisposeAsync().AsTask();
        Assert.False(switching.IsCompleted || disposing.IsCompleted);
        Assert.Equal(_codec.Frame(1, Frames.Body(100)), await far.Input.ReadToEnd());
        _ = await Assert.ThrowsAsync<ObjectDisposedException>(() => switching.Soon());
        await disposing.Soon();
        await far.Output.CompleteAsync();
    }

    [Fact]
    public async Task A_switch_keeps_the_limits_that_were_set_meanwhile()
    {
        var (near, far) = DuplexPipe.CreatePair();
        await using var first = new FrameConnection<int>(near, _codec, new() { Pool = CheckedPool.Create() });
        first.Limits = new() { MaxBodyLength = 5 };
        await using var second = await first.SwitchAsync(_codec).Soon();
        Assert.Equal(5, second.Limits.MaxBodyLength);
        await far.CompleteAsync();
    }

    [Fact]
    public async Task What_a_connection_sent_before_somebody_disposed_it_arrives_though_its_handler_fails()
    {
        var opened = new TaskCompletionSource<FrameConnection<int>>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var loopback = await Start(async connection =>
        {
            opened.SetResult(connection);
            while (true)
            {
                await connection.SendAsync(1, Frames.Body(1000));
            }
        });
        using var peer = await loopback.ConnectRaw();
        var all = new NetworkStream(peer).ReadAll();
        await (await opened.Task.Soon()).DisposeAsync().Soon();
        Assert.All(await Frames.Decode(await all), frame => Assert.Equal(Frames.Body(1000), frame.Body));
        peer.Dispose();
        await Timeouts.Until(() => loopback.Server.ConnectionCount == 0);
        Assert.Empty(_log.Of("HandlerFailed"));
    }

    [Fact]
    public async Task A_handler_that_waits_for_the_end_of_its_connection_is_no_failure()
    {
        var opened = new TaskCompletionSource<FrameConnection<int>>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var loopback = await Start(async connection =>
        {
            opened.SetResult(connection);
            await Task.Delay(Timeout.Infinite, connection.ConnectionClosed);
        });
        using var peer = await loopback.ConnectRaw();
        var all = new NetworkStream(peer).ReadAll();
        var connection = await opened.Task.Soon();
        var disposing = connection.DisposeAsync().Soon();
        Assert.Empty(await all);
        peer.Dispose();
        await disposing;
        await Timeouts.Until(() => loopback.Server.ConnectionCount == 0);
        Assert.Null(connection.Reason);
        Assert.Empty(_log.Of("HandlerFailed"));
    }

    [Fact]
    public async Task A_handler_that_ends_by_the_token_of_a_stop_ends_calmly()
    {
        var opened = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var loopback = await Start(async connection =>
        {
            connection.Write(1, Frames.Body(10));
            opened.SetResult();
            await Task.Delay(Timeout.Infinite, connection.Stopping);
        });
        using var peer = await loopback.ConnectRaw();
        var all = new NetworkStream(peer).ReadAll();
        await opened.Task.Soon();
        var stopping = loopback.Server.StopAsync().Soon();
        Assert.Equal(_codec.Frame(1, Frames.Body(10)), await all);
        peer.Dispose();
        Assert.Empty((await stopping).Cut);
        Assert.Empty(_log.Of("HandlerFailed"));
    }

    [Fact]
    public async Task A_server_stops_for_a_caller_whose_context_is_blocked()
    {
        await using var loopback = await Start(connection => FrameLoop.RunAsync(connection, Loopback.Echo));
        var stopping = await Task.Run(() =>
        {
            SynchronizationContext.SetSynchronizationContext(new BlockedContext());
            try
            {
                return Task.FromResult(loopback.Server.StopAsync());
            }
            finally
            {
                SynchronizationContext.SetSynchronizationContext(null);
            }
        });
        Assert.Empty((await stopping.Soon()).Cut);
    }

    [Fact]
    public void The_path_of_a_Unix_socket_writes_no_line_into_a_log()
    {
        Assert.Equal("/run/a?FAKE?[31m", new LoggedAddress(new UnixDomainSocketEndPoint("/run/a\nFAKE\u001b[31m")).ToString());
        Assert.Equal("127.0.0.1:5", new LoggedAddress(new IPEndPoint(IPAddress.Loopback, 5)).ToString());
        Assert.Null(default(LoggedAddress).ToString());
    }

    private Task<Loopback> Start(ConnectionHandler<int> handler) =>
        Loopback.Start(TransportKind.Sockets, handler, options => options with { LoggerFactory = _log });

    /// <summary>Runs nothing that is posted.</summary>
    private sealed class BlockedContext : SynchronizationContext
    {
        public override void Post(SendOrPostCallback d, object? state)
        {
        }
    }

    /// <summary>A transport that cannot be aborted.</summary>
    private sealed class FaultyTransport(PipeReader input, PipeWriter output) : ITransportConnection
    {
        public PipeReader Input => input;

        public PipeWriter Output => output;

        public EndPoint? LocalEndPoint => null;

        public EndPoint? RemoteEndPoint => null;

        public bool IsDisposed { get; private set; }

        public void Abort()
        {
            output.CancelPendingFlush();
            throw new NotSupportedException("test");
        }

        public ValueTask DisposeAsync()
        {
            IsDisposed = true;
            return default;
        }
    }
}
