using System.IO.Pipelines;
using FramedSockets.Framing;
using FramedSockets.Tests.Support;

namespace FramedSockets.Tests.Framing;

public sealed class StreamedBodyTests : CleanedUp
{
    private readonly TagCodec _codec = new();
    private readonly PoisoningPool _pool = new();
    private readonly Pipe _pipe;
    private readonly FrameReader<int> _reader;

    public StreamedBodyTests()
    {
        _pipe = new(DuplexPipe.Inline(pool: _pool.AsMemoryPool()));
        _reader = new(_pipe.Reader, _codec, new() { MaxBufferedBodyLength = 10, MaxBodyLength = 5000 }, _pool);
    }

    public override async ValueTask DisposeAsync()
    {
        await _reader.CompleteAsync().Soon();
        await _pipe.Writer.CompleteAsync();
        await _pool.EnsureAllReturnedAsync();
    }

    [Fact]
    public async Task A_long_body_is_read_as_it_arrives_and_completes_where_it_ends()
    {
        var frame = await Begin(100, 20);
        Assert.True(frame.IsStreamed);
        Assert.Equal(100, frame.BodyLength);
        _ = Assert.Throws<InvalidOperationException>(() => frame.Body);
        _ = Assert.Throws<InvalidOperationException>(frame.ToOwned);

        var body = frame.BodyReader.ReadToEnd();
        Assert.False(body.IsCompleted);
        await Send([.. Frames.Body(100)[20..], .. _codec.Frame(2, "next"u8)]);
        Assert.Equal(Frames.Body(100), await body.Soon());
        await AssertNext();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_read_that_is_cancelled_too_late_cancels_no_other(bool isStale)
    {
        var frame = await Begin(100, 100);
        var body = frame.BodyReader;
        var result = await body.ReadAsync().Soon();
        Assert.True(result.IsCompleted);
        if (!isStale)
        {
            // The pipe is told, and has nobody to tell before the next frame's reader.
            body.CancelPendingRead();
        }

        body.AdvanceTo(result.Buffer.End);
        var wait = _reader.WaitToReadAsync().Soon();
        Assert.False(wait.IsCompleted);
        body.CancelPendingRead();
        await Send(_codec.Frame(2, "next"u8));
        Assert.True(await wait);
        await AssertNext();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(20)]
    public async Task What_is_left_unread_is_skipped(int taken)
    {
        var frame = await Begin(100, 20);
        if (taken > 0)
        {
            var result = await frame.BodyReader.ReadAsync().Soon();
            frame.BodyReader.AdvanceTo(result.Buffer.GetPosition(taken));
        }

        var wait = _reader.WaitToReadAsync().Soon();
        Assert.False(wait.IsCompleted);
        await Send([.. Frames.Body(100)[20..], .. _codec.Frame(2, "next"u8)]);
        Assert.True(await wait);
        await AssertNext();
    }

    [Fact]
    public async Task A_whole_body_that_was_examined_and_not_taken_is_given_again()
    {
        var frame = await Begin(20, 20);
        var first = await frame.BodyReader.ReadAsync().Soon();
        Assert.True(first.IsCompleted);
        frame.BodyReader.AdvanceTo(first.Buffer.Start, first.Buffer.End);
        Assert.Equal(Frames.Body(20), await frame.BodyReader.ReadToEnd().Soon());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    [InlineData(20)]
    public async Task A_body_of_which_less_is_taken_than_was_examined_goes_on(int taken)
    {
        var frame = await Begin(20, 10);
        var body = frame.BodyReader;
        var part = await body.ReadAsync().Soon();
        body.AdvanceTo(part.Buffer.Start, part.Buffer.End);
        var read = body.ReadAsync().Soon();
        await Send([.. Frames.Body(20)[10..], .. _codec.Frame(2, "next"u8)]);
        var whole = await read;
        Assert.True(whole.IsCompleted);
        body.AdvanceTo(whole.Buffer.GetPosition(taken), whole.Buffer.End);
        Assert.Equal(Frames.Body(20)[taken..], await body.ReadToEnd().Soon());
        Assert.True(await _reader.WaitToReadAsync().Soon());
        await AssertNext();
    }

    [Fact]
    public async Task A_body_that_was_examined_and_is_still_lent_is_skipped()
    {
        var frame = await Begin(20, 10);
        var body = frame.BodyReader;
        var part = await body.ReadAsync().Soon();
        body.AdvanceTo(part.Buffer.Start, part.Buffer.End);
        var read = body.ReadAsync().Soon();
        await Send([.. Frames.Body(20)[10..], .. _codec.Frame(2, "next"u8)]);
        _ = await read;
        Assert.True(await _reader.WaitToReadAsync().Soon());
        await AssertNext();
    }

    [Fact]
    public async Task A_read_that_ends_while_reading_is_ended_gives_nothing()
    {
        var input = new EagerReader(_pipe.Reader);
        var reader = new FrameReader<int>(input, _codec, new() { MaxBufferedBodyLength = 10 }, _pool);
        await Send(_codec.Frame(1, Frames.Body(20), declared: 100));
        Assert.True(await reader.WaitToReadAsync().Soon());
        Assert.True(reader.TryRead(out var frame));
        var first = await frame.BodyReader.ReadAsync().Soon();
        frame.BodyReader.AdvanceTo(first.Buffer.End);
        var read = frame.BodyReader.ReadAsync().Soon();

        // Bytes come just before the end is told.
        input.BeforeCancel = () => Send([1, 2, 3]);
        await reader.CompleteAsync().Soon();
        _ = await read.Fails(FramedSocketError.ConnectionAborted);
    }

    [Fact]
    public async Task A_short_body_has_one_reader_which_goes_on_where_it_was()
    {
        await Send([.. _codec.Frame(1, Frames.Body(10)), .. _codec.Frame(2, "next"u8)]);
        Assert.True(await _reader.WaitToReadAsync().Soon());
        Assert.True(_reader.TryRead(out var frame));
        var part = await frame.BodyReader.ReadAsync().Soon();
        frame.BodyReader.AdvanceTo(part.Buffer.GetPosition(4));
        Assert.Equal(Frames.Body(10)[4..], await frame.BodyReader.ReadToEnd().Soon());
        await AssertNext();
    }

    [Fact]
    public async Task An_end_inside_the_body_fails_its_reader_and_the_next_read()
    {
        var frame = await Begin(100, 20);
        await _pipe.Writer.CompleteAsync();
        var failure = await frame.BodyReader.ReadAsync().Soon().Fails(FramedSocketError.TruncatedFrame);
        Assert.Same(failure, await frame.BodyReader.ReadAsync().Soon().Fails(FramedSocketError.TruncatedFrame));
        Assert.Same(failure, await _reader.WaitToReadAsync().Soon().Fails(FramedSocketError.TruncatedFrame));
    }

    [Fact]
    public async Task A_reset_inside_the_body_is_a_truncated_frame()
    {
        var frame = await Begin(100, 20);
        await _pipe.Writer.CompleteAsync(new FramedSocketException(FramedSocketError.ConnectionReset, "reset"));
        _ = await frame.BodyReader.ReadAsync().Soon().Fails(FramedSocketError.TruncatedFrame);
    }

    [Fact]
    public async Task A_stop_does_not_disturb_a_body_that_is_being_read()
    {
        var frame = await Begin(100, 20);
        var body = frame.BodyReader.ReadToEnd();
        _reader.RequestStop();
        await Send([.. Frames.Body(100)[20..]]);
        Assert.Equal(Frames.Body(100), await body.Soon());
        Assert.False(await _reader.WaitToReadAsync().Soon());
    }

    [Fact]
    public async Task A_stop_does_not_disturb_the_skipping_of_a_body()
    {
        _ = await Begin(100, 20);
        var wait = _reader.WaitToReadAsync().Soon();
        _reader.RequestStop();
        Assert.False(wait.IsCompleted);
        await Send([.. Frames.Body(100)[20..]]);
        Assert.False(await wait);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_cut_ends_the_skipping_of_a_body(bool hasReason)
    {
        _ = await Begin(100, 20);
        var wait = _reader.WaitToReadAsync().Soon();
        var reason = hasReason ? new FramedSocketException(FramedSocketError.ConnectionAborted, "cut") : null;
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
    public async Task A_cut_that_came_before_the_frame_was_taken_ends_the_reading_of_its_body()
    {
        await Send([.. _codec.Frame(1, Frames.Body(100))[..30]]);
        Assert.True(await _reader.WaitToReadAsync().Soon());
        var reason = new FramedSocketException(FramedSocketError.ConnectionAborted, "cut");
        _reader.Cut(reason);
        Assert.True(_reader.TryRead(out var frame));
        Assert.Same(reason, await frame.BodyReader.ReadToEnd().Soon().Fails(FramedSocketError.ConnectionAborted));
    }

    [Fact]
    public async Task Completing_the_reader_frees_one_that_waits_for_a_body()
    {
        var frame = await Begin(100, 20);
        var body = frame.BodyReader.ReadToEnd();
        await _reader.CompleteAsync().Soon();
        _ = await body.Soon().Fails(FramedSocketError.ConnectionAborted);
    }

    [Fact]
    public async Task Reading_before_what_was_read_is_given_back_is_refused_and_harms_nothing()
    {
        var body = (await Begin(100, 20)).BodyReader;
        var read = await body.ReadAsync().Soon();
        _ = Assert.Throws<InvalidOperationException>(() => body.TryRead(out _));
        _ = await Assert.ThrowsAsync<InvalidOperationException>(() => body.ReadAsync().Soon());
        body.AdvanceTo(read.Buffer.End);
        var pending = body.ReadAsync().Soon();
        _ = Assert.Throws<InvalidOperationException>(() => body.TryRead(out _));
        await Send([.. Frames.Body(100)[20..], .. _codec.Frame(2, "next"u8)]);
        body.AdvanceTo((await pending).Buffer.End);
        await AssertNext();
    }

    [Fact]
    public async Task A_read_that_was_cancelled_need_not_be_given_back()
    {
        var body = (await Begin(100, 20)).BodyReader;
        body.CancelPendingRead();
        Assert.True((await body.ReadAsync().Soon()).IsCanceled);
        Assert.True(body.TryRead(out var read));
        Assert.Equal(20, read.Buffer.Length);
        body.AdvanceTo(read.Buffer.End);
        await Send([.. Frames.Body(100)[20..], .. _codec.Frame(2, "next"u8)]);
        Assert.Equal(Frames.Body(100)[20..], await body.ReadToEnd().Soon());
        await AssertNext();
    }

    public static TheoryData<Exception> Failures => [new IOException("gone"), new InvalidOperationException("gone"), new ObjectDisposedException("gone")];

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task A_transport_that_fails_fails_every_kind_of_read_with_one_reason(Exception cause)
    {
        var frame = await Begin(100, 0);
        await _pipe.Writer.CompleteAsync(cause);
        var body = frame.BodyReader;
        var reason = Assert.Throws<FramedSocketException>(() => body.TryRead(out _));
        Assert.Equal((FramedSocketError.TransportFailed, cause), (reason.Error, reason.InnerException));
        Assert.Same(reason, Assert.Throws<FramedSocketException>(() => body.TryRead(out _)));
        Assert.Same(reason, await body.ReadAsync().Soon().Fails(FramedSocketError.TransportFailed));
    }

    [Fact]
    public async Task Cancelling_the_body_s_own_read_is_seen_and_loses_nothing()
    {
        var frame = await Begin(100, 0);
        var body = frame.BodyReader;
        var read = body.ReadAsync().Soon();
        body.CancelPendingRead();
        var result = await read;
        Assert.True(result.IsCanceled);
        body.AdvanceTo(result.Buffer.Start);
        await Send(Frames.Body(100));
        Assert.Equal(Frames.Body(100), await body.ReadToEnd().Soon());
    }

    [Fact]
    public async Task A_body_of_no_declared_length_lasts_to_the_end()
    {
        await Send([.. _codec.Frame(TagCodec.UntilEnd, Frames.Body(100))]);
        Assert.True(await _reader.WaitToReadAsync().Soon());
        Assert.True(_reader.TryRead(out var frame));
        Assert.Equal(HeaderDecodeResult.UntilEnd, frame.BodyLength);
        var body = frame.BodyReader.ReadToEnd();
        await _pipe.Writer.CompleteAsync();
        Assert.Equal(Frames.Body(100), await body.Soon());
        Assert.False(await _reader.WaitToReadAsync().Soon());
    }

    [Theory]
    [InlineData(5000, true)]
    [InlineData(5001, false)]
    public async Task A_body_of_no_declared_length_has_a_limit_too(int length, bool accepted)
    {
        await Send([.. _codec.Frame(TagCodec.UntilEnd, Frames.Body(length))]);
        await _pipe.Writer.CompleteAsync();
        Assert.True(await _reader.WaitToReadAsync().Soon());
        Assert.True(_reader.TryRead(out var frame));
        var body = frame.BodyReader.ReadToEnd().Soon();
        if (accepted)
        {
            Assert.Equal(length, (await body).Length);
        }
        else
        {
            _ = await body.Fails(FramedSocketError.BodyTooLong);
            _ = await _reader.WaitToReadAsync().Soon().Fails(FramedSocketError.BodyTooLong);
        }
    }

    [Fact]
    public async Task The_body_s_reader_is_stale_as_soon_as_the_next_frame_is_asked_for()
    {
        var frame = await Begin(100, 100);
        var body = frame.BodyReader;
        Assert.False(_reader.TryRead(out _));
        _ = Assert.Throws<InvalidOperationException>(() => frame.BodyReader);
        _ = await Assert.ThrowsAsync<InvalidOperationException>(() => body.ReadAsync().Soon());
        _ = Assert.Throws<InvalidOperationException>(() => body.TryRead(out _));
        _ = Assert.Throws<InvalidOperationException>(() => body.AdvanceTo(default));
    }

    [Fact]
    public async Task A_completed_body_reader_reads_no_more_and_the_rest_is_skipped()
    {
        var frame = await Begin(100, 20);
        var body = frame.BodyReader;
        await body.CompleteAsync();
        _ = await Assert.ThrowsAsync<InvalidOperationException>(() => body.ReadAsync().Soon());
        await Send([.. Frames.Body(100)[20..], .. _codec.Frame(2, "next"u8)]);
        Assert.True(await _reader.WaitToReadAsync().Soon());
        await AssertNext();
    }

    private async Task<Frame<int>> Begin(int length, int arrived)
    {
        await Send(_codec.Frame(1, Frames.Body(length).AsSpan(0, arrived), length));
        Assert.True(await _reader.WaitToReadAsync().Soon());
        Assert.True(_reader.TryRead(out var frame));
        return frame;
    }

    private async Task AssertNext()
    {
        Assert.True(await _reader.WaitToReadAsync().Soon());
        Assert.True(_reader.TryRead(out var next));
        Assert.Equal((2, 4), (next.Header, next.Body.Length));
    }

    private async Task Send(byte[] bytes) => _ = await _pipe.Writer.WriteAsync(bytes).Soon();

    /// <summary>Has something happen before it tells that a read is cancelled.</summary>
    private sealed class EagerReader(PipeReader inner) : PipeReader
    {
        public Func<Task>? BeforeCancel { get; set; }

        public override void AdvanceTo(SequencePosition consumed) => inner.AdvanceTo(consumed);

        public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => inner.AdvanceTo(consumed, examined);

        public override void CancelPendingRead()
        {
            _ = BeforeCancel?.Invoke();
            inner.CancelPendingRead();
        }

        public override void Complete(Exception? exception = null)
        {
        }

        public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) => inner.ReadAsync(cancellationToken);

        public override bool TryRead(out ReadResult result) => inner.TryRead(out result);
    }
}
