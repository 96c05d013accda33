using System.IO.Pipelines;
using FramedSockets.Framing;
using FramedSockets.Tcp;
using FramedSockets.Tests.Support;

namespace FramedSockets.Tests.Tcp;

/// <summary>What handlers of one read batch send without waiting leaves together; nothing is held back while one waits.</summary>
public sealed class BatchingTests : CleanedUp
{
    private readonly TagCodec _codec = new();
    private readonly ScriptedWriter _output;
    private readonly PoisoningPool _pool = new();
    private readonly Pipe _input;
    private readonly FrameConnection<int> _connection;

    public BatchingTests()
    {
        _output = new(new() { Pool = _pool });
        _input = new(DuplexPipe.Inline(pool: _pool.AsMemoryPool()));
        _connection = new(new DuplexPipe(_input.Reader, _output), _codec, new() { Pool = _pool });
    }

    public override async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync().Soon();
        await _input.Writer.CompleteAsync();
        await _pool.EnsureAllReturnedAsync();
    }

    [Fact]
    public async Task One_batch_read_is_one_send()
    {
        await Arrive(100);
        var run = Run((connection, frame) => connection.SendAsync(frame.Header, frame.Body));
        Assert.Equal(1, _output.Flushes);
        await Arrive(50);
        await End(run);
        Assert.Equal(2, _output.Flushes);
        Assert.Equal(150, (await Frames.Decode(_output.GetTaken())).Count);
    }

    [Fact]
    public async Task The_moment_a_handler_waits_what_was_sent_leaves()
    {
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await Arrive(3);
        var run = Run(async (connection, frame) =>
        {
            await connection.SendAsync(frame.Header, ReadOnlyMemory<byte>.Empty);
            if (frame.Header == 1)
            {
                Assert.Equal(0, _output.Flushes);
                await go.Task;
                await connection.SendAsync(11, ReadOnlyMemory<byte>.Empty);
                Assert.Equal(2, _output.Flushes);
            }
        });
        Assert.Equal(1, _output.Flushes);
        Assert.Equal([0, 1], (await Frames.Decode(_output.GetTaken())).Select(frame => frame.Tag));
        go.SetResult();
        await End(run);
        Assert.Equal([0, 1, 11, 2], (await Frames.Decode(_output.GetTaken())).Select(frame => frame.Tag));
        Assert.Equal(3, _output.Flushes);
    }

    [Fact]
    public async Task Another_thread_s_frames_leave_right_behind_the_batch_and_end_it_at_its_next_frame()
    {
        await Arrive(1);
        var run = Run((connection, frame) =>
        {
            connection.Write(1, []);
            var other = new Thread(() => connection.TrySend(2, []));
            other.Start();
            other.Join();
            Assert.Equal(0, _output.Flushes);
            connection.Write(3, []);
            Assert.Equal(1, _output.Flushes);
            return default;
        });
        await End(run);
        Assert.Equal([1, 2, 3], (await Frames.Decode(_output.GetTaken())).Select(frame => frame.Tag));
        Assert.Equal(2, _output.Flushes);
    }

    [Fact]
    public async Task Another_thread_s_flush_waits_for_what_the_batch_has_gathered()
    {
        await Arrive(1);
        Task? flush = null;
        var run = Run((connection, frame) =>
        {
            connection.Write(1, []);
            var other = new Thread(() => flush = connection.FlushAsync().AsTask());
            other.Start();
            other.Join();
            Assert.False(flush!.IsCompleted);
            Assert.Equal(0, _output.Flushes);
            return default;
        });
        await flush!.Soon();
        Assert.Equal(1, _output.Flushes);
        await End(run);
    }

    [Fact]
    public async Task A_batch_that_fills_the_queue_goes_out_on_the_way_and_goes_on()
    {
        await Arrive(10);
        var run = Run((connection, frame) => connection.SendAsync(frame.Header, Frames.Body(30_000)));
        await End(run);

        // The queue is full at the third of 30,000 bytes: three, three, three and one.
        Assert.Equal(4, _output.Flushes);
        Assert.Equal(10, (await Frames.Decode(_output.GetTaken())).Count);
    }

    [Fact]
    public async Task What_was_written_before_a_batch_leaves_less_room_in_it()
    {
        await Arrive(3);
        var run = Run((connection, frame) =>
        {
            if (frame.Header > 0)
            {
                return connection.SendAsync(frame.Header, Frames.Body(30_000));
            }

            // Another's frame ends the batch, so that what is written now is queued behind it and waits.
            Assert.True(Elsewhere(() => connection.TrySend(9, [])));
            connection.Write(frame.Header, Frames.Body(40_000));
            Assert.Equal(1, _output.Flushes);
            return default;
        });
        await End(run);

        // The other's; 40,000 and 30,000 bytes, which are more than the queue's length; and the last.
        Assert.Equal(3, _output.Flushes);
        Assert.Equal([9, 0, 1, 2], (await Frames.Decode(_output.GetTaken())).Select(frame => frame.Tag));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Answers_no_longer_than_what_they_answer_leave_in_one_send_though_the_queue_be_shorter(bool isWritten)
    {
        await Arrive(10, 20_000);
        var run = Run((connection, frame) =>
        {
            if (!isWritten)
            {
                return connection.SendAsync(frame.Header, frame.Body);
            }

            connection.Write(frame.Header, frame.Body);
            return default;
        });
        Assert.Equal(1, _output.Flushes);
        Assert.Equal(10 * (TagCodec.HeaderLength + 20_000), _output.GetTaken().Length);
        await End(run);
        Assert.Equal(Enumerable.Range(0, 10), (await Frames.Decode(_output.GetTaken())).Select(frame => frame.Tag));
    }

    [Fact]
    public async Task More_than_a_busy_connection_receives_at_once_is_not_gathered()
    {
        await Arrive(20, 20_000);
        var run = Run((connection, frame) => connection.SendAsync(frame.Header, frame.Body));

        // 256 KiB are reached by the fourteenth.
        Assert.Equal(2, _output.Flushes);
        await End(run);
        Assert.Equal(20, (await Frames.Decode(_output.GetTaken())).Count);
    }

    [Fact]
    public async Task A_handler_that_waited_finds_room_behind_what_was_gathered()
    {
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _output.StallAfter(0);
        await Arrive(6, 20_000);
        var run = Run(async (connection, frame) =>
        {
            if (frame.Header == 5)
            {
                await go.Task;
            }

            connection.Write(frame.Header, frame.Body);
        });
        Assert.True(_connection.Channel.Writer.Queue.QueuedLength > FrameWriter<int>.DefaultMaxQueuedLength);
        go.SetResult();
        await End(run, _output.Resume);
        Assert.Equal(6, (await Frames.Decode(_output.GetTaken())).Count);
    }

    [Fact]
    public async Task What_others_write_beside_a_batch_holds_the_reader_too()
    {
        await Arrive(2);
        var run = Run(async (connection, frame) =>
        {
            await connection.SendAsync(frame.Header, frame.Body);
            if (frame.Header == 0)
            {
                Assert.True(Elsewhere(() =>
                {
                    connection.Write(9, new byte[FrameWriter<int>.DefaultMaxQueuedLength]);
                    return true;
                }));
                Assert.True(connection.Channel.Writer.Queue.HoldsReader);
            }
        });
        await End(run);
        Assert.Equal([0, 9, 1], (await Frames.Decode(_output.GetTaken())).Select(frame => frame.Tag));
    }

    [Fact]
    public async Task Behind_what_was_gathered_and_does_not_leave_little_more_is_read()
    {
        var handled = 0;
        _output.StallAfter(0);
        await Arrive(20, 20_000);
        var run = Run((connection, frame) =>
        {
            handled++;
            connection.Write(frame.Header, frame.Body);
            return default;
        });

        // 256 KiB are reached by the fourteenth, and 64 KiB beside them by the fourth behind it.
        Assert.Equal(18, handled);
        _output.Resume();
        await End(run);
        Assert.Equal(20, (await Frames.Decode(_output.GetTaken())).Count);
    }

    [Fact]
    public async Task What_is_only_gathered_is_not_held_against_a_peer_by_others()
    {
        await Arrive(10, 20_000);
        var run = Run(async (connection, frame) =>
        {
            await connection.SendAsync(frame.Header, frame.Body);
            if (frame.Header == 5)
            {
                Assert.True(connection.Channel.Writer.Queue.QueuedLength > FrameWriter<int>.DefaultMaxQueuedLength);
                Assert.True(Elsewhere(() => connection.Channel.Writer.Queue.TrySendEncoded(_codec.Frame(99, []))));
                Assert.True(Elsewhere(() => connection.TrySend(100, [])));
            }
        });
        await End(run);
        Assert.Equal([0, 1, 2, 3, 4, 5, 99, 100, 6, 7, 8, 9], (await Frames.Decode(_output.GetTaken())).Select(frame => frame.Tag));
    }

    [Fact]
    public async Task Nor_is_an_answer_that_is_longer_than_the_queue_before_it_leaves()
    {
        await Arrive(1, 10);
        var run = Run((connection, frame) =>
        {
            connection.Write(frame.Header, new byte[FrameWriter<int>.DefaultMaxQueuedLength]);
            Assert.True(Elsewhere(() => connection.Channel.Writer.Queue.TrySendEncoded(_codec.Frame(99, []))));
            return default;
        });
        await End(run);
        Assert.Equal([0, 99], (await Frames.Decode(_output.GetTaken())).Select(frame => frame.Tag));
    }

    [Fact]
    public async Task Others_find_no_more_room_beside_what_is_gathered_than_the_queue_was_set_to()
    {
        await Arrive(10, 20_000);
        var sent = 0;
        var run = Run(async (connection, frame) =>
        {
            await connection.SendAsync(frame.Header, frame.Body);
            while (frame.Header == 0 && Elsewhere(() => connection.TrySend(100, new byte[1000])))
            {
                sent++;
            }
        });
        await End(run);
        Assert.Equal(1 + (FrameWriter<int>.DefaultMaxQueuedLength / (TagCodec.HeaderLength + 1000)), sent);
        Assert.Equal(10 + sent, (await Frames.Decode(_output.GetTaken())).Count);
    }

    [Fact]
    public async Task A_queue_that_was_set_shorter_than_it_is_by_itself_is_kept_to()
    {
        await using var connection = new FrameConnection<int>(new DuplexPipe(_input.Reader, _output), _codec, new() { Pool = _pool, MaxQueuedLength = 30_000 });
        await Arrive(10, 20_000);
        var run = FrameLoop.RunAsync<int>(connection, (connection, frame) => connection.SendAsync(frame.Header, frame.Body));
        Assert.Equal(5, _output.Flushes);
        await _input.Writer.CompleteAsync();
        await run.Soon();
    }

    [Fact]
    public async Task While_a_long_send_waits_the_queue_is_as_short_as_it_was_set()
    {
        _output.StallAfter(0);
        await Arrive(10, 20_000);
        var handled = 0;
        var run = Run(async (connection, frame) =>
        {
            await connection.SendAsync(frame.Header, frame.Body);
            handled++;
        });
        Assert.Equal(10, handled);
        await Arrive(10, 20_000);
        Assert.Equal(10, handled);
        Assert.False(_connection.TrySend(99, []));
        _output.Resume();
        await Timeouts.Until(() => handled == 20);
        await End(run);
        Assert.Equal(20, (await Frames.Decode(_output.GetTaken())).Count);
    }

    [Fact]
    public async Task What_a_batch_had_sent_leaves_when_its_handler_throws()
    {
        await Arrive(2);
        var run = Run((connection, frame) =>
        {
            connection.Write(frame.Header, []);
            return frame.Header == 1 ? throw new InvalidOperationException("the handler's") : default;
        });
        _ = await Assert.ThrowsAsync<InvalidOperationException>(() => run);
        Assert.Equal(2, (await Frames.Decode(_output.GetTaken())).Count);
    }

    [Fact]
    public async Task A_frame_is_stale_once_its_handler_has_returned()
    {
        await Arrive(2);
        Frame<int> kept = default;
        var run = Run((connection, frame) =>
        {
            if (frame.Header == 1)
            {
                _ = Assert.Throws<InvalidOperationException>(() => kept.Body);
            }

            kept = frame;
            return default;
        });
        _ = Assert.Throws<InvalidOperationException>(() => kept.Body);
        await End(run);
    }

    [Fact]
    public async Task A_handler_may_dispose_its_connection()
    {
        await Arrive(2);
        var handled = 0;
        await Run(async (connection, frame) =>
        {
            handled++;
            await connection.DisposeAsync();
        });
        Assert.Equal(1, handled);
        await _connection.Completion.Soon();
    }

    private Task Run(FrameHandler<int> handler) => FrameLoop.RunAsync(_connection, handler).Soon();

    private static bool Elsewhere(Func<bool> action) => Task.Factory.StartNew(
        action, default, TaskCreationOptions.LongRunning, TaskScheduler.Default).Soon().GetAwaiter().GetResult();

    private async Task Arrive(int count, int length = 0) =>
        _ = await _input.Writer.WriteAsync((byte[])[.. Enumerable.Range(0, count).SelectMany(i => _codec.Frame(i, Frames.Body(length)))]).Soon();

    private async Task End(Task run, Action? before = null)
    {
        await _input.Writer.CompleteAsync();
        before?.Invoke();
        await run;
        await _connection.DisposeAsync().Soon();
    }
}
