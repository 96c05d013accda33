using System.Buffers;
using System.IO.Pipelines;
using FramedSockets.Framing;
using FramedSockets.Tests.Support;

namespace FramedSockets.Tests.Framing;

public sealed class FrameReaderTests : CleanedUp
{
    private readonly PoisoningPool _pool = new();
    private readonly PoisoningPool _inputPool = new();
    private readonly TagCodec _codec = new();
    private readonly ScriptedReader _input;
    private readonly FrameReader<int> _reader;

    public FrameReaderTests()
    {
        _input = new(new() { Pool = _inputPool, Scheduler = PipeScheduler.Inline });
        _reader = new(_input, _codec, new() { MaxBufferedBodyLength = 2_000_000, MaxBodyLength = 2_000_000 }, _pool);
    }

    public override async ValueTask DisposeAsync()
    {
        await _reader.CompleteAsync().Soon();
        Assert.Equal(0, _pool.Outstanding + _inputPool.Outstanding);
    }

    [Fact]
    public async Task A_thousand_frames_that_arrived_together_cost_one_read()
    {
        Send([.. Enumerable.Range(0, 1000).SelectMany(i => _codec.Frame(i, Frames.Body(32, i)))]);
        _input.End();
        var frames = await _reader.ReadAll().Soon();
        Assert.Equal(Enumerable.Range(0, 1000), frames.Select(frame => frame.Tag));
        Assert.InRange(_input.Reads, 1, 3);
    }

    [Fact]
    public async Task One_frame_at_a_time_is_read_until_there_is_none()
    {
        Send([.. _codec.Frame(1, []), .. _codec.Frame(2, Frames.Body(5))]);
        Assert.Equal(1, (await _reader.ReadAsync().Soon()).Header);
        Assert.Equal(Frames.Body(5), (await _reader.ReadAsync().Soon()).Body.ToArray());
        var waiting = _reader.ReadAsync().Soon();
        Assert.False(waiting.IsCompleted);
        Send(_codec.Frame(3, []));
        Assert.Equal(3, (await waiting).Header);
        _input.End();
        _ = await Assert.ThrowsAsync<EndOfStreamException>(() => _reader.ReadAsync().Soon());
    }

    [Fact]
    public async Task A_body_larger_than_the_pipe_wants_to_hold_arrives()
    {
        var pipe = new Pipe(DuplexPipe.Inline());
        var reader = new FrameReader<int>(pipe.Reader, _codec, new() { MaxBufferedBodyLength = 2_000_000 }, _pool);
        var sending = pipe.Writer.WriteAsync(_codec.Frame(1, Frames.Body(2_000_000))).Soon();
        Assert.True(await reader.WaitToReadAsync().Soon());
        Assert.True(reader.TryRead(out var frame));
        Assert.Equal(Frames.Body(2_000_000), frame.Body.ToArray());
        var wait = reader.WaitToReadAsync().Soon();
        _ = await sending;
        await pipe.Writer.CompleteAsync();
        Assert.False(await wait);
        await reader.CompleteAsync().Soon();
    }

    [Theory]
    [InlineData(2_000_001, FramedSocketError.BodyTooLong)]
    [InlineData(int.MaxValue, FramedSocketError.BodyTooLong)]
    [InlineData(-1, null)]
    [InlineData(-2, FramedSocketError.MalformedHeader)]
    [InlineData(int.MinValue, FramedSocketError.MalformedHeader)]
    public async Task A_declared_length_is_checked_before_a_byte_of_it_is_buffered(int declared, FramedSocketError? error)
    {
        Send(_codec.Frame(1, [], declared));
        var wait = _reader.WaitToReadAsync().Soon();
        if (error is null)
        {
            Assert.True(await wait);
            return;
        }

        _ = await wait.Fails(error.Value);
        Assert.Equal(0, _pool.RentedLength);
        Assert.False(_reader.TryRead(out _));
        _ = await _reader.WaitToReadAsync().Soon().Fails(error.Value);
    }

    [Fact]
    public async Task A_codec_may_throw_anything_and_it_is_the_fault_of_the_bytes()
    {
        Send([.. _codec.Frame(1, []), .. _codec.Frame(TagCodec.Bug, [])]);
        Assert.True(await _reader.WaitToReadAsync().Soon());
        Assert.True(_reader.TryRead(out _));
        Assert.False(_reader.TryRead(out _));
        var failure = await _reader.WaitToReadAsync().Soon().Fails(FramedSocketError.MalformedHeader);
        _ = Assert.IsType<NullReferenceException>(failure.InnerException);
        Assert.Same(failure, await _reader.WaitToReadAsync().Soon().Fails(FramedSocketError.MalformedHeader));
    }

    [Theory]
    [InlineData(0, null)]
    [InlineData(TagCodec.TrailerBug, typeof(NullReferenceException))]
    public async Task A_wrong_trailer_ends_reading_also_when_checking_it_throws(byte first, Type? thrown)
    {
        var codec = new TagCodec(2);
        var pipe = new Pipe(DuplexPipe.Inline());
        var reader = new FrameReader<int>(pipe.Reader, codec, pool: CheckedPool.Create());
        var frame = codec.Frame(1, "body"u8);
        frame[^2] = first;
        _ = await pipe.Writer.WriteAsync(frame).Soon();
        var failure = await reader.WaitToReadAsync().Soon().Fails(FramedSocketError.MalformedTrailer);
        Assert.Equal(thrown, failure.InnerException?.GetType());
        Assert.Equal(thrown is not null, failure.IsThrownByCodec);
        Assert.False(reader.TryRead(out _));
        _ = await reader.WaitToReadAsync().Soon().Fails(FramedSocketError.MalformedTrailer);
        await reader.CompleteAsync().Soon();
        await pipe.Writer.CompleteAsync();
    }

    [Fact]
    public async Task A_wait_cancelled_between_header_and_body_loses_nothing()
    {
        var bytes = _codec.Frame(7, Frames.Body(100));
        Send(bytes[..50]);
        using var cancel = new CancellationTokenSource();
        var wait = _reader.WaitToReadAsync(cancel.Token).Soon();
        await cancel.CancelAsync();
        _ = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wait);
        _ = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _reader.WaitToReadAsync(cancel.Token).Soon());

        Send(bytes[50..]);
        Assert.True(await _reader.WaitToReadAsync().Soon());
        Assert.True(_reader.TryRead(out var frame));
        Assert.Equal((7, Frames.Body(100)), (frame.Header, frame.Body.ToArray()), new FrameComparer());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_reset_inside_a_frame_is_a_truncated_frame(bool afterACancelledWait)
    {
        Send(_codec.Frame(7, Frames.Body(100))[..50]);
        if (afterACancelledWait)
        {
            using var cancel = new CancellationTokenSource();
            var cancelled = _reader.WaitToReadAsync(cancel.Token).Soon();
            await cancel.CancelAsync();
            _ = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        }

        var reset = new FramedSocketException(FramedSocketError.ConnectionReset, "reset");
        var wait = _reader.WaitToReadAsync().Soon();
        _input.Fail(reset);
        Assert.Same(reset, (await wait.Fails(FramedSocketError.TruncatedFrame)).InnerException);
    }

    [Fact]
    public async Task A_reset_between_frames_is_a_reset()
    {
        var wait = _reader.WaitToReadAsync().Soon();
        _input.Fail(new FramedSocketException(FramedSocketError.ConnectionReset, "reset"));
        _ = await wait.Fails(FramedSocketError.ConnectionReset);
    }

    [Fact]
    public async Task One_reader_at_a_time_and_completing_frees_the_one_that_waits()
    {
        var wait = _reader.WaitToReadAsync().Soon();
        _ = Assert.Throws<InvalidOperationException>(() => _ = _reader.WaitToReadAsync());
        await _reader.CompleteAsync().Soon();
        Assert.False(await wait);
        var thrown = Assert.Throws<ObjectDisposedException>(() => _ = _reader.WaitToReadAsync());
        Assert.Equal(typeof(FrameReader<int>).FullName, thrown.ObjectName);
        Assert.False(_reader.TryRead(out _));
    }

    [Fact]
    public async Task ReadAllAsync_ends_with_the_stream()
    {
        Send([.. _codec.Frame(1, "a"u8), .. _codec.Frame(2, "b"u8), .. _codec.Frame(3, "c"u8)]);
        _input.End();
        var tags = new List<int>();
        await foreach (var frame in _reader.ReadAllAsync())
        {
            tags.Add(frame.Header);
        }

        Assert.Equal([1, 2, 3], tags);
    }

    [Fact]
    public async Task A_stop_lets_a_frame_that_has_begun_arrive_and_then_ends()
    {
        var bytes = _codec.Frame(1, Frames.Body(100));
        Send(bytes[..50]);
        var wait = _reader.WaitToReadAsync().Soon();
        _reader.RequestStop();
        Assert.False(wait.IsCompleted);
        Send(bytes[50..]);
        Assert.True(await wait);
        Assert.True(_reader.TryRead(out _));
        Assert.False(await _reader.WaitToReadAsync().Soon());
    }

    [Fact]
    public async Task A_stop_ends_a_wait_between_frames()
    {
        var wait = _reader.WaitToReadAsync().Soon();
        _reader.RequestStop();
        Assert.False(await wait);
    }

    [Fact]
    public async Task A_stop_still_gives_the_frames_that_have_arrived()
    {
        Send([.. _codec.Frame(1, "a"u8), .. _codec.Frame(2, "b"u8)]);
        _reader.RequestStop();
        Assert.Equal(2, (await _reader.ReadAll().Soon()).Count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_cut_ends_a_wait_with_its_reason_whatever_has_arrived(bool hasReason)
    {
        var reason = hasReason ? new FramedSocketException(FramedSocketError.ConnectionAborted, "cut") : null;
        Send(_codec.Frame(1, "a"u8)[..5]);
        var wait = _reader.WaitToReadAsync().Soon();
        _reader.Cut(reason);
        if (hasReason)
        {
            Assert.Same(reason, await wait.Fails(FramedSocketError.ConnectionAborted));
        }
        else
        {
            Assert.False(await wait);
        }
    }

    [Fact]
    public async Task Want_of_memory_holds_nobody_up()
    {
        Send([.. _codec.Frame(1, "a"u8), .. _codec.Frame(TagCodec.OutOfMemory, "b"u8)]);
        Assert.True(await _reader.WaitToReadAsync().Soon());
        Assert.True(_reader.TryRead(out _));
        for (var i = 0; i < 2; i++)
        {
            // The second time too, and not that another call is reading.
            _ = await Assert.ThrowsAsync<OutOfMemoryException>(() => _reader.WaitToReadAsync().AsTask().Soon());
        }
    }

    [Fact]
    public async Task Nor_does_it_where_the_frame_was_waited_for()
    {
        var wait = _reader.WaitToReadAsync().AsTask();
        Send(_codec.Frame(TagCodec.OutOfMemory, "b"u8));
        _ = await Assert.ThrowsAsync<OutOfMemoryException>(() => wait.Soon());
        _ = await Assert.ThrowsAsync<OutOfMemoryException>(() => _reader.WaitToReadAsync().AsTask().Soon());
    }

    [Fact]
    public void Arguments_are_checked()
    {
        _ = Assert.Throws<ArgumentNullException>(() => new FrameReader<int>(null!, _codec));
        _ = Assert.Throws<ArgumentNullException>(() => new FrameReader<int>(_input, null!));
    }

    private void Send(byte[] bytes) => _input.Deliver(bytes);

    private sealed class FrameComparer : IEqualityComparer<(int Tag, byte[] Body)>
    {
        public bool Equals((int Tag, byte[] Body) x, (int Tag, byte[] Body) y) => x.Tag == y.Tag && x.Body.AsSpan().SequenceEqual(y.Body);

        public int GetHashCode((int Tag, byte[] Body) obj) => obj.Tag;
    }
}
