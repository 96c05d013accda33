using System.Buffers;
using FramedSockets.Framing;
using FramedSockets.Tests.Support;

namespace FramedSockets.Tests.Framing;

public sealed class FrameWriterTests
{
    private const int Most = 1000;
    private readonly PoisoningPool _pool = CheckedPool.Create();
    private readonly ScriptedWriter _output = new();
    private readonly TagCodec _codec = new();
    private readonly FrameWriter<int> _writer;

    public FrameWriterTests() => _writer = New();

    [Fact]
    public async Task Written_frames_leave_together_and_in_order()
    {
        for (var i = 0; i < 5; i++)
        {
            _writer.Write(i, Frames.Body(10, i));
        }

        Assert.Empty(_output.GetTaken());
        await _writer.FlushAsync().Soon();
        Assert.Equal(1, _output.Flushes);
        await AssertSent([0, 1, 2, 3, 4]);
    }

    [Fact]
    public async Task What_is_sent_while_a_flush_is_in_flight_leaves_with_the_next()
    {
        _output.StallAfter(3);
        await _writer.SendAsync(0, Frames.Body(10)).Soon();
        await _writer.SendAsync(1, Frames.Body(10)).Soon();
        Assert.True(_writer.TrySend(2, Frames.Body(10)));
        _writer.Write(3, Frames.Body(10));
        Assert.Equal(3, _output.GetTaken().Length);
        _output.Resume();
        await _writer.FlushAsync().Soon();
        Assert.Equal(2, _output.Flushes);
        await AssertSent([0, 1, 2, 3]);
    }

    [Fact]
    public async Task A_full_queue_makes_senders_wait_and_says_so_to_the_others()
    {
        await Fill();
        Assert.False(_writer.TrySend(7, Frames.Body(1)));
        _writer.Write(8, Frames.Body(Most));
        _ = Assert.Throws<InvalidOperationException>(() => _writer.Write(7, Frames.Body(1)));
        var sends = Enumerable.Range(1, 3).Select(i => _writer.SendAsync(i, Frames.Body(10)).Soon()).ToArray();
        Assert.All(sends, send => Assert.False(send.IsCompleted));
        _output.Resume();
        await Task.WhenAll(sends);
        await _writer.FlushAsync().Soon();
        await AssertSent([0, 8, 1, 2, 3]);
    }

    [Fact]
    public async Task What_was_written_beside_a_body_has_left_when_the_next_body_has_begun()
    {
        var writer = new FrameWriter<int>(_output, new TagCodec(trailerLength: 1), null, Most, _pool);
        _output.StallAfter(0);
        var first = writer.SendAsync(1, Frames.Body(40_000)).Soon();
        var second = writer.SendAsync(3, new MemoryStream(Frames.Body(200_000)), 200_000).Soon();
        writer.Write(2, Frames.Body(10));
        Assert.Equal(TagCodec.HeaderLength + 10 + 1, writer.Queue.Turn.Count.Written);

        // Up to the second piece of the second body.
        _output.StallAfter(110_000);
        await Timeouts.Until(() => _output.TakenLength == 110_000);
        Assert.Equal(0, writer.Queue.Turn.Count.Written);
        _output.Resume();
        await Task.WhenAll(first, second);
        await writer.CompleteAsync().Soon();
        var (header, body) = (TagCodec.HeaderLength, _output.GetTaken());
        Assert.Equal(40_000 + 10 + 200_000 + (3 * (header + 1)), body.Length);
        Assert.Equal(2, body[header + 40_000 + 1 + 3]);
    }

    [Fact]
    public async Task A_sender_who_waited_and_finds_room_after_all_sends_as_any_other()
    {
        // Who has found the queue full asks once more, under the lock.
        await _writer.Queue.AcceptAsync(1, new(Frames.Body(10)), default).Soon();
        Assert.Equal(1, _output.Flushes);
        await AssertSent([1]);
    }

    [Fact]
    public async Task Others_may_queue_while_a_flush_is_awaited()
    {
        _output.StallAfter(0);
        await _writer.SendAsync(0, Frames.Body(10)).Soon();
        var flush = _writer.FlushAsync().Soon();
        _writer.Write(1, Frames.Body(10));
        Assert.True(_writer.TrySend(2, Frames.Body(10)));
        Assert.False(flush.IsCompleted);
        _output.Resume();
        await flush;
        await _writer.FlushAsync().Soon();
        await AssertSent([0, 1, 2]);
    }

    [Fact]
    public async Task A_cancelled_wait_for_room_sends_nothing()
    {
        await Fill();
        using var cancel = new CancellationTokenSource();
        var cancelled = _writer.SendAsync(1, Frames.Body(10), cancel.Token).Soon();
        var large = _writer.SendAsync(2, Frames.Body(100_000), cancel.Token).Soon();
        var other = _writer.SendAsync(3, Frames.Body(10)).Soon();
        await cancel.CancelAsync();
        _ = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        _ = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => large);
        _ = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _writer.SendAsync(4, Frames.Body(1), cancel.Token).Soon());
        _output.Resume();
        await other;
        await _writer.FlushAsync().Soon();
        await AssertSent([0, 3]);
    }

    [Theory]
    [InlineData(20)]
    [InlineData(40_000)]
    public async Task Whatever_the_transport_took_before_it_blocked_a_cancelled_send_leaves_whole_frames(int length)
    {
        var total = length + TagCodec.HeaderLength;
        var stops = length < 100 ? Enumerable.Range(0, total) : [0, 1, 7, 8, 9, 20_000, total - 1];
        foreach (var k in stops)
        {
            var output = new ScriptedWriter();
            var writer = New(output);
            using var cancel = new CancellationTokenSource();
            output.StallAfter(k);
            var send = writer.SendAsync(1, Frames.Body(length), cancel.Token).Soon();
            var flush = writer.FlushAsync(cancel.Token).Soon();
            await cancel.CancelAsync();
            _ = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => flush);
            output.Resume();
            await send;
            await writer.SendAsync(2, Frames.Body(5)).Soon();
            await writer.FlushAsync().Soon();
            var frames = await Frames.Decode(output.GetTaken());
            Assert.Equal([1, 2], frames.Select(frame => frame.Tag));
            Assert.Equal(Frames.Body(length), frames[0].Body);
            Assert.False(output.WasMisused);
        }
    }

    [Theory]
    [InlineData(TagCodec.Bug, 1)]
    [InlineData(TagCodec.Endless, 1)]
    [InlineData(1, 3_000_000)]
    [InlineData(TagCodec.Bug, 40_000)]
    [InlineData(TagCodec.Endless, 40_000)]
    public async Task A_refused_frame_leaves_nothing_and_the_connection_usable(int tag, int length)
    {
        await _writer.SendAsync(0, Frames.Body(10)).Soon();
        _ = await Assert.ThrowsAnyAsync<Exception>(async () => await _writer.SendAsync(tag, Frames.Body(length)).Soon());
        _ = await Assert.ThrowsAnyAsync<Exception>(async () => await _writer.SendAsync(tag, new MemoryStream(Frames.Body(length)), length).Soon());
        await _writer.SendAsync(1, Frames.Body(10)).Soon();
        await _writer.FlushAsync().Soon();
        await AssertSent([0, 1]);
    }

    [Fact]
    public async Task A_refusal_of_a_frame_that_waited_is_its_sender_s_only()
    {
        await Fill();
        var refused = _writer.SendAsync(TagCodec.Bug, Frames.Body(10)).Soon();
        var good = _writer.SendAsync(1, Frames.Body(10)).Soon();
        _output.Resume();
        _ = await Assert.ThrowsAsync<NullReferenceException>(() => refused);
        await good;
        await _writer.FlushAsync().Soon();
        await AssertSent([0, 1]);
    }

    [Fact]
    public async Task A_failed_transport_gives_everybody_the_same_reason()
    {
        await Fill();
        var large = _writer.SendAsync(2, Frames.Body(100_000)).Soon();
        var flush = _writer.FlushAsync().Soon();
        var cause = new IOException("gone");
        _output.Fail(cause);
        var reason = await flush.Fails(FramedSocketError.TransportFailed);
        Assert.Same(cause, reason.InnerException);
        Assert.Same(reason, await large.Fails(FramedSocketError.TransportFailed));
        Assert.Same(reason, Assert.Throws<FramedSocketException>(() => { _ = _writer.SendAsync(3, Frames.Body(1)); }));
        Assert.Same(reason, Assert.Throws<FramedSocketException>(() => _writer.TrySend(3, Frames.Body(1))));
        Assert.Same(reason, Assert.Throws<FramedSocketException>(() => _writer.Write(3, Frames.Body(1))));
        Assert.Equal(0, _writer.Queue.QueuedLength);
        Assert.Same(reason, await _writer.CompleteAsync().Soon().Fails(FramedSocketError.TransportFailed));
        Assert.Same(reason, _output.CompletedWith);
        Assert.Equal(0, _pool.Outstanding);
    }

    [Fact]
    public async Task Memory_that_fails_while_a_flush_ends_fails_the_connection_not_the_process()
    {
        _output.StallAfter(0);
        await _writer.SendAsync(0, Frames.Body(10)).Soon();
        await _writer.SendAsync(1, Frames.Body(10)).Soon();
        _output.MemoryFailure = new InvalidOperationException("no memory");
        var flush = _writer.FlushAsync().Soon();
        _output.Resume();
        _ = await flush.Fails(FramedSocketError.TransportFailed);
    }

    [Theory]
    [InlineData(20, true)]
    [InlineData(40_000, true)]
    [InlineData(20, false)]
    [InlineData(40_000, false)]
    public async Task After_a_failure_the_pipe_is_ended_when_nobody_uses_it_any_more(int length, bool hasConnection)
    {
        var writer = hasConnection
            ? new(_output, new TagCodec(), null, FrameWriter<int>.DefaultMaxQueuedLength, CheckedPool.Create(), new Failures())
            : _writer;
        _output.StallAfter(3);
        var send = writer.SendAsync(0, Frames.Body(length)).Soon();
        var reason = new FramedSocketException(FramedSocketError.ConnectionAborted, "aborted");
        writer.Queue.Turn.Fail(reason);
        _ = await writer.CompleteAsync().Soon().Fails(FramedSocketError.ConnectionAborted);
        if (hasConnection)
        {
            // Where there is none, nobody else would end the flush that waits.
            Assert.False(_output.IsCompleted);
            _output.Resume();
        }

        await Timeouts.Until(() => _output.IsCompleted);
        Assert.Same(reason, _output.CompletedWith);
        Assert.False(_output.WasMisused);
        if (length > 20)
        {
            _ = await send.Fails(FramedSocketError.ConnectionAborted);
        }
    }

    [Fact]
    public async Task Completing_sends_what_waits_and_refuses_what_follows()
    {
        await Fill();
        var waiting = _writer.SendAsync(1, Frames.Body(10)).Soon();
        var large = _writer.SendAsync(2, Frames.Body(100_000)).Soon();
        var complete = _writer.CompleteAsync().Soon();
        _ = Assert.Throws<InvalidOperationException>(() => _writer.Write(3, Frames.Body(1)));
        _ = await Assert.ThrowsAsync<InvalidOperationException>(() => _writer.SendAsync(3, Frames.Body(100_000)).Soon());
        Assert.False(complete.IsCompleted);
        _output.Resume();
        await Task.WhenAll(waiting, large, complete);
        await _writer.CompleteAsync().Soon();
        Assert.True(_output.IsCompleted);
        Assert.Null(_output.CompletedWith);
        await AssertSent([0, 1, 2]);
    }

    [Fact]
    public async Task A_frame_that_is_just_being_accepted_leaves_before_the_end()
    {
        var codec = new SlowCodec();
        var writer = new FrameWriter<int>(_output, codec, null, Most, _pool);
        var write = Task.Run(() => writer.Write(1, Frames.Body(10)));
        await codec.Encoding.Task.Soon();
        var completing = Task.CompletedTask;
        var thread = new Thread(() => completing = writer.CompleteAsync().AsTask());
        thread.Start();
        await Timeouts.Until(() => thread.ThreadState.HasFlag(ThreadState.WaitSleepJoin));
        codec.GoOn.SetResult();
        await write.Soon();
        thread.Join();
        await completing.Soon();
        Assert.Equal(_codec.Frame(1, Frames.Body(10)), _output.GetTaken());
        Assert.False(_output.WasMisused);
    }

    [Fact]
    public async Task No_batch_begins_once_sending_was_completed()
    {
        await _writer.DrainAsync(CancellationToken.None).Soon();
        _writer.Queue.Batch.Begin();
        Assert.False(_writer.Queue.Batch.IsOpen);
    }

    [Fact]
    public async Task Frames_carry_their_trailer_however_they_are_sent()
    {
        var codec = new TagCodec(3);
        var writer = new FrameWriter<int>(_output, codec, null, Most, _pool);
        await writer.SendAsync(0, Frames.Body(10)).Soon();
        await writer.SendAsync(1, Frames.Body(40_000)).Soon();
        await writer.SendAsync(2, Segments.Of(Frames.Body(10), 3, 7)).Soon();
        await writer.SendAsync(3, Segments.Of(Frames.Body(40_000), 3, 20_000)).Soon();
        await writer.SendAsync(4, new MemoryStream(Frames.Body(200_000)), 200_000).Soon();
        await writer.SendAsync(5, new MemoryStream(), 0).Soon();
        await writer.FlushAsync().Soon();
        var frames = await Frames.Decode(_output.GetTaken(), codec);
        Assert.Equal([10, 40_000, 10, 40_000, 200_000, 0], frames.Select(frame => frame.Body.Length));
        Assert.All(frames, frame => Assert.Equal(Frames.Body(frame.Body.Length), frame.Body));
        Assert.Equal(0, _pool.Outstanding);
    }

    [Fact]
    public void Arguments_are_checked()
    {
        _ = Assert.Throws<ArgumentNullException>(() => new FrameWriter<int>(null!, _codec));
        _ = Assert.Throws<ArgumentNullException>(() => new FrameWriter<int>(_output, null!));
        _ = Assert.Throws<ArgumentOutOfRangeException>(() => new FrameWriter<int>(_output, _codec, maxQueuedLength: 0));
        _ = Assert.Throws<ArgumentNullException>(() => { _ = _writer.SendAsync(1, (Stream)null!, 1); });
        _ = Assert.Throws<ArgumentOutOfRangeException>(() => { _ = _writer.SendAsync(1, Stream.Null, -2); });
    }

    private FrameWriter<int> New(ScriptedWriter? output = null) => new(
        output ?? _output, _codec, new() { MaxBodyLength = 2_000_000, MaxHeaderLength = 1000 }, Most, _pool);

    /// <summary>A frame that fills the queue, in flight.</summary>
    private async Task Fill()
    {
        _output.StallAfter(0);
        await _writer.SendAsync(0, Frames.Body(Most)).Soon();
    }

    private async Task AssertSent(int[] tags)
    {
        var frames = await Frames.Decode(_output.GetTaken());
        Assert.Equal(tags, frames.Select(frame => frame.Tag));
        Assert.Equal(0, _writer.Queue.QueuedLength);
        Assert.Equal(0, _pool.Outstanding);
        Assert.False(_output.WasMisused);
    }

    /// <summary>Encodes when it is told to.</summary>
    private sealed class SlowCodec : IHeaderCodec<int>
    {
        private readonly TagCodec _inner = new();

        public TaskCompletionSource Encoding { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource GoOn { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public HeaderDecodeResult Decode(ReadOnlySpan<byte> source, in HeaderDecodeContext context, out int header) =>
            _inner.Decode(source, context, out header);

        public void Encode(in int header, in HeaderEncodeContext context, IBufferWriter<byte> output)
        {
            Encoding.SetResult();
            GoOn.Task.Soon().GetAwaiter().GetResult();
            _inner.Encode(header, context, output);
        }
    }
}
