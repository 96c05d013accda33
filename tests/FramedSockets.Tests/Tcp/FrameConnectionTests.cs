using System.Buffers;
using System.IO.Pipelines;
using FramedSockets.Tcp;
using FramedSockets.Tests.Support;

namespace FramedSockets.Tests.Tcp;

public sealed class FrameConnectionTests : CleanedUp
{
    private readonly PoisoningPool _pool = new();
    private readonly TagCodec _codec = new();
    private readonly ManualTimeProvider _clock = new();
    private readonly DuplexPipe _peer;
    private readonly DuplexPipe _here;
    private readonly FrameConnection<int> _connection;

    public FrameConnectionTests()
    {
        (_here, _peer) = DuplexPipe.CreatePair(pool: _pool);
        _connection = New(_here);
    }

    public override async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync().Soon();
        await _peer.CompleteAsync();
        await _pool.EnsureAllReturnedAsync();
    }

    [Fact]
    public async Task Frames_go_both_ways()
    {
        await using var other = New(_peer);
        await _connection.SendAsync(1, Frames.Body(10)).Soon();
        Assert.True(await other.WaitToReadAsync().Soon());
        Assert.True(other.TryRead(out var frame));
        other.Write(frame.Header + 1, frame.Body);
        await other.FlushAsync().Soon();
        Assert.True(await _connection.WaitToReadAsync().Soon());
        Assert.True(_connection.TryRead(out frame));
        Assert.Equal(2, frame.Header);
        Assert.Equal(Frames.Body(10), frame.Body.ToArray());
        Assert.NotEqual(_connection.Id, other.Id);
        Assert.Null(_connection.RemoteEndPoint);
        Assert.Null(_connection.LocalEndPoint);
    }

    [Fact]
    public async Task What_was_written_leaves_before_the_reader_waits()
    {
        _connection.Write(1, Frames.Body(10));
        Assert.False(_peer.Input.TryRead(out _));
        _ = _connection.WaitToReadAsync();
        Assert.True(_peer.Input.TryRead(out var result));
        Assert.Equal(18, result.Buffer.Length);
    }

    [Fact]
    public async Task A_connection_that_only_waits_has_nothing_to_send_with()
    {
        var (pipe, peer) = DuplexPipe.CreatePair(pool: _pool);
        var counted = new CountedOutput(pipe);
        await using var connection = New(counted);
        var waiting = connection.WaitToReadAsync().Soon();
        Assert.Equal(0, connection.HeldLength);
        Assert.Equal(default, connection.Writing);
        Assert.Equal(0, counted.Asked);
        await connection.SendAsync(1, Frames.Body(10)).Soon();
        Assert.Equal(1, counted.Asked);
        Assert.Equal(_codec.Frame(1, Frames.Body(10)), (await peer.Input.ReadAsync().Soon()).Buffer.ToArray());
        await peer.CompleteAsync();
        Assert.False(await waiting);
    }

    [Fact]
    public async Task A_pipe_that_throws_where_its_output_is_asked_for_does_not_keep_the_reader_from_the_end()
    {
        var (pipe, peer) = DuplexPipe.CreatePair(pool: _pool);
        var connection = New(new CountedOutput(pipe, new IOException("the pipe's")));
        var waiting = connection.WaitToReadAsync().Soon();
        connection.Abort();
        _ = await waiting.Fails(FramedSocketError.ConnectionAborted);
        _ = await Assert.ThrowsAsync<IOException>(() => connection.SendAsync(1, ReadOnlyMemory<byte>.Empty).AsTask());
        _ = await Assert.ThrowsAsync<IOException>(() => connection.DisposeAsync().AsTask());
        await pipe.Output.CompleteAsync();
        await peer.CompleteAsync();
    }

    [Fact]
    public async Task Those_who_send_first_at_the_same_time_share_one_output()
    {
        const int Senders = 4;
        for (var round = 0; round < 200; round++)
        {
            var (pipe, peer) = DuplexPipe.CreatePair(pool: _pool);
            await using var connection = New(pipe);
            using var start = new Barrier(Senders);
            var sends = Enumerable.Range(1, Senders).Select(tag => Task.Run(async () =>
            {
                Assert.True(start.SignalAndWait(TimeSpan.FromSeconds(30)));
                await connection.SendAsync(tag, Frames.Body(tag));
            })).ToArray();
            await Task.WhenAll(sends).Soon();
            await using var other = New(peer);
            var tags = new HashSet<int>();
            while (tags.Count < Senders)
            {
                Assert.True(await other.WaitToReadAsync().Soon());
                while (other.TryRead(out var frame))
                {
                    Assert.Equal(Frames.Body(frame.Header), frame.Body.ToArray());
                    Assert.True(tags.Add(frame.Header));
                }
            }
        }
    }

    [Fact]
    public async Task A_read_of_a_streamed_body_has_the_reason_of_the_end()
    {
        _ = await _peer.Output.WriteAsync(_codec.Frame(1, Frames.Body(2000), declared: 3_000_000)).Soon();
        Assert.True(await _connection.WaitToReadAsync().Soon());
        Assert.True(_connection.TryRead(out var frame) && frame.IsStreamed);
        var body = frame.BodyReader.ReadToEnd();
        _connection.Abort(new TimeoutException());
        Assert.Same(_connection.Reason, await body.Soon().Fails(FramedSocketError.ConnectionAborted));
    }

    [Fact]
    public async Task Senders_have_the_reason_of_the_reader_that_failed_before()
    {
        _ = await _peer.Output.WriteAsync(_codec.Frame(TagCodec.Bug, [])).Soon();
        var reason = await _connection.WaitToReadAsync().AsTask().Soon().Fails(FramedSocketError.MalformedHeader);
        await _peer.Input.CompleteAsync();
        _connection.Write(1, []);
        Assert.Same(reason, await Assert.ThrowsAsync<FramedSocketException>(async () => await _connection.FlushAsync()));
        Assert.Same(reason, Assert.Throws<FramedSocketException>(() => _connection.Write(1, [])));
    }

    [Fact]
    public async Task A_read_that_waits_for_room_ends_with_the_connection()
    {
        var (here, peer) = DuplexPipe.CreatePair(pause: 16, pool: _pool);
        var connection = New(here);
        while (!connection.Channel.Writer.Queue.IsFull)
        {
            connection.Write(1, Frames.Body(1000));
        }

        var end = connection.DisposeAsync().AsTask();
        var wait = connection.WaitToReadAsync().AsTask();
        Assert.False(wait.IsCompleted);
        var drain = peer.Input.ReadToEnd();
        Assert.False(await wait.Soon());
        await end.Soon();
        _ = await drain.Soon();
        await peer.CompleteAsync();
    }

    [Fact]
    public async Task The_output_can_end_while_reading_goes_on()
    {
        await _connection.SendAsync(1, ReadOnlyMemory<byte>.Empty).Soon();
        await _connection.CompleteOutputAsync().Soon();
        await _connection.CompleteOutputAsync().Soon();
        Assert.Equal(TagCodec.HeaderLength, (await _peer.Input.ReadToEnd()).Length);
        _ = Assert.Throws<InvalidOperationException>(() => _connection.Write(2, []));
        await Send(_codec.Frame(3, []));
        Assert.True(await _connection.WaitToReadAsync().Soon());
    }

    [Fact]
    public async Task Leaving_the_loop_early_leaves_the_rest_to_be_read()
    {
        await Send([.. _codec.Frame(1, "a"u8), .. _codec.Frame(2, "b"u8)]);
        await foreach (var frame in _connection.ReadAllAsync())
        {
            Assert.Equal(1, frame.Header);
            break;
        }

        Assert.True(_connection.TryRead(out var second));
        Assert.Equal(2, second.Header);
    }

    [Fact]
    public async Task Refused_bytes_end_the_connection_for_everybody_with_one_reason()
    {
        await Send([.. _codec.Frame(1, []), .. _codec.Frame(TagCodec.Bug, [])]);
        Assert.True(await _connection.WaitToReadAsync().Soon());
        Assert.True(_connection.TryRead(out _));
        Assert.False(_connection.TryRead(out _));
        var reason = await _connection.WaitToReadAsync().Soon().Fails(FramedSocketError.MalformedHeader);
        Assert.Same(reason, await _connection.Completion.Soon().Fails(FramedSocketError.MalformedHeader));
        Assert.Same(reason, _connection.Reason);
        Assert.True(_connection.ConnectionClosed.IsCancellationRequested);
        await _connection.DisposeAsync().Soon();
        Assert.Same(reason, await _connection.Completion.Soon().Fails(FramedSocketError.MalformedHeader));
    }

    [Fact]
    public async Task An_abort_ends_everything_that_waits_with_its_reason()
    {
        await Send([.. _codec.Frame(1, []), .. _codec.Frame(2, [])]);
        Assert.True(await _connection.WaitToReadAsync().Soon());
        Assert.True(_connection.TryRead(out _));
        var cause = new IOException("why");
        _connection.Abort(cause);
        _connection.Abort();
        Assert.False(_connection.TryRead(out _));
        var reason = await _connection.WaitToReadAsync().Soon().Fails(FramedSocketError.ConnectionAborted);
        Assert.Same(cause, reason.InnerException);
        Assert.Same(reason, Assert.Throws<FramedSocketException>(() => _connection.TrySend(1, [])));
        Assert.Same(reason, Assert.Throws<FramedSocketException>(() => { _ = _connection.FlushAsync(); }));
        Assert.Same(reason, await _connection.Completion.Soon().Fails(FramedSocketError.ConnectionAborted));
    }

    [Fact]
    public async Task An_abort_frees_a_reader_that_waits()
    {
        var wait = _connection.WaitToReadAsync().Soon();
        _connection.Abort();
        _ = await wait.Fails(FramedSocketError.ConnectionAborted);
    }

    [Fact]
    public async Task An_abort_is_a_reset_for_the_peer_also_where_the_reader_that_it_frees_disposes_first()
    {
        // Inline, so that the reader goes on, and disposes, in the midst of the abort.
        var (near, far) = MemoryConnection.CreatePair(new() { Pool = _pool, Scheduler = PipeScheduler.Inline });
        var connection = New(near);
        var reading = ReadAndDispose();
        connection.Abort();
        await reading.Soon();
        _ = await far.Input.ReadAsync().Soon().Fails(FramedSocketError.ConnectionReset);

        async Task ReadAndDispose()
        {
            try
            {
                Assert.False(await connection.WaitToReadAsync().ConfigureAwait(false));
            }
            catch (FramedSocketException e) when (e.Error == FramedSocketError.ConnectionAborted)
            {
                await connection.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    [Fact]
    public async Task A_callback_that_throws_does_not_break_an_abort_and_is_heard_of()
    {
        const string Bug = "a callback that throws";
        var isHeard = false;
        void Hear(object? sender, UnobservedTaskExceptionEventArgs e) => isHeard |= e.Exception.ToString().Contains(Bug);
        TaskScheduler.UnobservedTaskException += Hear;
        try
        {
            _ = _connection.ConnectionClosed.Register(() => throw new InvalidOperationException(Bug));
            _connection.Abort();
            await Timeouts.Until(() =>
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
                return isHeard;
            });
        }
        finally
        {
            TaskScheduler.UnobservedTaskException -= Hear;
        }

        _ = Assert.Throws<FramedSocketException>(() => _connection.Write(1, []));
    }

    [Fact]
    public async Task Disposing_frees_a_reader_that_waits_and_ends_cleanly()
    {
        var wait = _connection.WaitToReadAsync().Soon();
        _connection.Write(1, Frames.Body(5));
        await _connection.DisposeAsync().Soon();
        Assert.False(await wait);
        await _connection.Completion.Soon();
        Assert.True(_connection.ConnectionClosed.IsCancellationRequested);
        Assert.Equal(13, (await _peer.Input.ReadToEnd()).Length);
        var read = Assert.Throws<ObjectDisposedException>(() => _ = _connection.WaitToReadAsync());
        Assert.Equal(typeof(FrameConnection<int>).FullName, read.ObjectName);
        Assert.False(_connection.TryRead(out _));
        var written = Assert.Throws<InvalidOperationException>(() => _connection.Write(1, []));
        Assert.Contains("this side ended its output or the connection", written.Message);
    }

    [Fact]
    public async Task Everybody_who_disposes_waits_for_the_same_end()
    {
        for (var round = 0; round < 200; round++)
        {
            var (here, peer) = DuplexPipe.CreatePair();
            var connection = New(here);
            var wait = Task.Run(async () => await connection.WaitToReadAsync());
            var all = Enumerable.Range(0, 4).Select(i => Task.Run(async () =>
            {
                if (i == 0 && round % 2 == 0)
                {
                    connection.Abort();
                }

                await connection.DisposeAsync();
            }));
            await Task.WhenAll(all).Soon();
            try
            {
                Assert.False(await wait.Soon());
            }
            catch (Exception e) when (e is FramedSocketException { Error: FramedSocketError.ConnectionAborted } or ObjectDisposedException)
            {
                // It came after the abort, or after the end.
            }

            await peer.Input.CompleteAsync();
        }

        Assert.Equal(0, _pool.Outstanding);
    }

    [Fact]
    public async Task A_peer_that_takes_nothing_is_waited_for_as_long_as_the_clock_says()
    {
        var output = new ScriptedWriter();
        output.StallAfter(2);
        var connection = New(new DuplexPipe(new Pipe(DuplexPipe.Threaded()).Reader, output));
        await connection.SendAsync(1, Frames.Body(10)).Soon();
        var dispose = connection.DisposeAsync().Soon();
        _clock.Advance(TimeSpan.FromSeconds(4.9));
        Assert.False(dispose.IsCompleted);
        _clock.Advance(TimeSpan.FromSeconds(0.2));
        await dispose;
        _ = await connection.Completion.Soon().Fails(FramedSocketError.ConnectionAborted);
        Assert.False(output.WasMisused);
        Assert.Equal(0, _clock.PendingTimers);
    }

    [Fact]
    public async Task A_full_output_is_not_read_for()
    {
        var (connection, input, output) = await WhereTwoFramesHaveArrived();
        output.StallAfter(0);
        connection.Write(7, Frames.Body(200));
        Assert.False(connection.TryRead(out _));
        var wait = connection.WaitToReadAsync().Soon();
        Assert.False(wait.IsCompleted);
        output.Resume();
        Assert.True(await wait);
        Assert.True(connection.TryRead(out _));
        await connection.DisposeAsync().Soon();
        await input.Writer.CompleteAsync();
    }

    [Fact]
    public async Task An_end_that_was_asked_for_is_expected_while_what_is_before_it_still_leaves()
    {
        var output = new ScriptedWriter();
        var input = new Pipe(DuplexPipe.Inline());
        var connection = new FrameConnection<int>(new DuplexPipe(input.Reader, output), _codec, new() { Pool = _pool });
        output.StallAfter(0);
        await connection.SendAsync(1, Frames.Body(10)).Soon();
        var ending = connection.CompleteOutputAsync().AsTask();
        Assert.False(ending.IsCompleted);
        await input.Writer.CompleteAsync();
        Assert.False(await connection.WaitToReadAsync().Soon());
        output.Resume();
        await ending.Soon();
        Assert.True(connection.Channel.HasReadEnd && connection.Channel.ExpectsEnd);
        await connection.DisposeAsync().Soon();
    }

    [Fact]
    public async Task What_was_once_written_does_not_hold_the_reader_when_it_has_left()
    {
        var (connection, input, output) = await WhereTwoFramesHaveArrived();
        connection.Write(7, Frames.Body(200));
        await connection.FlushAsync().Soon();
        output.StallAfter(0);
        await connection.SendAsync(8, Frames.Body(200)).Soon();
        Assert.True(connection.Channel.Writer.Queue.IsFull);
        Assert.True(connection.TryRead(out var first));
        Assert.True(await connection.WaitToReadAsync().Soon());
        Assert.True(connection.TryRead(out var second));
        Assert.Equal((1, 2), (first.Header, second.Header));
        output.Resume();
        await connection.DisposeAsync().Soon();
        await input.Writer.CompleteAsync();
    }

    [Fact]
    public async Task An_answer_finds_as_much_room_beside_what_others_sent_and_holds_the_reader()
    {
        var (connection, input, output) = await WhereTwoFramesHaveArrived();
        output.StallAfter(0);
        await connection.SendAsync(7, Frames.Body(200)).Soon();
        Assert.True(connection.TryRead(out _));
        connection.Write(8, Frames.Body(50));
        connection.Write(9, Frames.Body(50));
        _ = Assert.Throws<InvalidOperationException>(() => connection.Write(10, []));
        Assert.False(connection.TryRead(out _));
        var wait = connection.WaitToReadAsync().Soon();
        Assert.False(wait.IsCompleted);
        output.Resume();
        Assert.True(await wait);
        Assert.True(connection.TryRead(out _));
        await connection.FlushAsync().Soon();
        Assert.Equal([7, 8, 9], (await Frames.Decode(output.GetTaken())).Select(frame => frame.Tag));
        await connection.DisposeAsync().Soon();
        await input.Writer.CompleteAsync();
    }

    [Fact]
    public async Task What_others_sent_does_not_count_as_written()
    {
        var output = new ScriptedWriter();
        await using var connection = new FrameConnection<int>(
            new DuplexPipe(new Pipe(DuplexPipe.Inline()).Reader, output), _codec, new() { MaxQueuedLength = 100, Pool = _pool });
        output.StallAfter(0);
        await connection.SendAsync(1, ReadOnlyMemory<byte>.Empty).Soon();
        connection.Write(2, []);
        await connection.SendAsync(3, Frames.Body(100)).Soon();
        for (var tag = 4; tag <= 15; tag++)
        {
            connection.Write(tag, []);
            Assert.Equal(tag == 15, connection.Channel.Writer.Queue.HoldsReader);
        }

        _ = Assert.Throws<InvalidOperationException>(() => connection.Write(16, []));
        output.Resume();
        await connection.FlushAsync().Soon();
        Assert.Equal(Enumerable.Range(1, 15), (await Frames.Decode(output.GetTaken())).Select(frame => frame.Tag));
    }

    [Fact]
    public async Task The_reader_waits_only_until_an_answer_finds_room()
    {
        var (connection, input, output) = await WhereTwoFramesHaveArrived();
        output.StallAfter(0);
        connection.Write(5, Frames.Body(60));
        await connection.SendAsync(6, Frames.Body(10)).Soon();
        connection.Write(7, Frames.Body(40));
        Assert.False(connection.TryRead(out _));
        var wait = connection.WaitToReadAsync().Soon();
        Assert.False(wait.IsCompleted);

        // The second waits on, and an answer finds room beside it.
        output.StallAfter(TagCodec.HeaderLength + 60 + TagCodec.HeaderLength + 10);
        Assert.True(await wait);
        Assert.True(connection.TryRead(out _));
        output.Resume();
        await connection.DisposeAsync().Soon();
        await input.Writer.CompleteAsync();
    }

    [Fact]
    public async Task Two_sides_that_wrote_once_and_then_send_much_do_not_wait_for_each_other()
    {
        const int Each = 200;
        var (near, far) = DuplexPipe.CreatePair(pause: 1000);
        await using var one = new FrameConnection<int>(near, _codec, new() { MaxQueuedLength = 1000, Pool = _pool });
        await using var other = new FrameConnection<int>(far, _codec, new() { MaxQueuedLength = 1000, Pool = _pool });
        await Task.WhenAll(Send(one), Send(other), Read(one), Read(other)).Soon();

        static Task Send(FrameConnection<int> connection) => Task.Run(async () =>
        {
            connection.Write(0, []);
            for (var i = 0; i < Each; i++)
            {
                await connection.SendAsync(1, Frames.Body(400));
            }
        });

        static Task Read(FrameConnection<int> connection) => Task.Run(async () =>
        {
            for (var i = 0; i < 1 + Each; i++)
            {
                _ = await connection.ReadAsync();
            }
        });
    }

    [Fact]
    public async Task Two_sides_that_send_much_and_read_at_the_same_time_do_not_wait_for_each_other()
    {
        const int Senders = 8;
        const int Each = 100;
        var (near, far) = DuplexPipe.CreatePair(pause: 1000);
        await using var one = new FrameConnection<int>(near, _codec, new() { MaxQueuedLength = 1000, Pool = _pool });
        await using var other = new FrameConnection<int>(far, _codec, new() { MaxQueuedLength = 1000, Pool = _pool });
        var echo = Task.Run(async () =>
        {
            for (var i = 0; i < Senders * Each; i++)
            {
                var frame = await other.ReadAsync();
                await other.SendAsync(frame.Header, frame.Body);
            }
        });
        var senders = Enumerable.Range(0, Senders).Select(sender => Task.Run(async () =>
        {
            for (var i = 0; i < Each; i++)
            {
                await one.SendAsync(sender, Frames.Body(400));
            }
        })).ToArray();
        for (var i = 0; i < Senders * Each; i++)
        {
            Assert.Equal(400, (await one.ReadAsync().Soon()).BodyLength);
        }

        await Task.WhenAll(senders.Append(echo)).Soon();
    }

    [Fact]
    public async Task A_frame_kept_over_the_end_of_its_connection_throws()
    {
        await Send(_codec.Frame(1, Frames.Body(10)));
        Assert.True(await _connection.WaitToReadAsync().Soon());
        Assert.True(_connection.TryRead(out var frame));
        await _connection.DisposeAsync().Soon();
        _ = Assert.Throws<InvalidOperationException>(() => frame.Body);
    }

    /// <summary>A connection with a queue of 100 bytes.</summary>
    private async Task<(FrameConnection<int> Connection, Pipe Input, ScriptedWriter Output)> WhereTwoFramesHaveArrived()
    {
        var output = new ScriptedWriter();
        var input = new Pipe(DuplexPipe.Inline());
        var connection = new FrameConnection<int>(new DuplexPipe(input.Reader, output), _codec, new() { MaxQueuedLength = 100, Pool = _pool });
        _ = await input.Writer.WriteAsync((byte[])[.. _codec.Frame(1, []), .. _codec.Frame(2, [])]).Soon();
        Assert.True(await connection.WaitToReadAsync().Soon());
        return (connection, input, output);
    }

    /// <summary>Counts who asks for the output, or throws.</summary>
    private sealed class CountedOutput(DuplexPipe pipe, IOException? thrown = null) : IDuplexPipe
    {
        public int Asked { get; private set; }

        public PipeReader Input => pipe.Input;

        public PipeWriter Output
        {
            get
            {
                Asked++;
                return thrown is null ? pipe.Output : throw thrown;
            }
        }
    }

    private FrameConnection<int> New(IDuplexPipe pipe) => new(pipe, _codec, new() { Pool = _pool, TimeProvider = _clock });

    private async Task Send(byte[] bytes) => _ = await _peer.Output.WriteAsync(bytes).Soon();
}
