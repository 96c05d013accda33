using FramedSockets.Framing;
using FramedSockets.Tests.Support;

namespace FramedSockets.Tests.Framing;

/// <summary>Bodies that are read from a stream while they are sent: a frame is sent whole or not at all.</summary>
public sealed class BodySourceTests
{
    private readonly PoisoningPool _pool = CheckedPool.Create();
    private readonly ScriptedWriter _output = new();
    private readonly FrameWriter<int> _writer;
    private readonly Failures _failures = new();

    public BodySourceTests() => _writer = new(_output, new TagCodec(), null, 1000, _pool, _failures);

    [Fact]
    public async Task A_source_that_fails_at_once_leaves_the_connection_usable()
    {
        var failure = new IOException("disk");
        Assert.Same(failure, await Assert.ThrowsAsync<IOException>(() => _writer.SendAsync(1, new Source([], failure), 10).Soon()));
        _ = await Assert.ThrowsAsync<EndOfStreamException>(() => _writer.SendAsync(1, new Source([]), 10).Soon());
        _ = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _writer.SendAsync(1, new Source([1]), 10, new(true)).Soon());
        await _writer.SendAsync(2, Frames.Body(5)).Soon();
        Assert.Equal(2, Assert.Single(await Frames.Decode(_output.GetTaken())).Tag);
        Assert.Null(_failures.OfWriting);
        Assert.Equal(0, _pool.Outstanding);
    }

    [Fact]
    public async Task A_frame_that_is_refused_leaves_its_source_unread()
    {
        var source = new MemoryStream(Frames.Body(100));
        _ = await _writer.SendAsync(1, source, FrameLimits.Default.MaxBodyLength + 1).Soon().Fails(FramedSocketError.BodyTooLong);
        _ = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _writer.SendAsync(1, source, 100, new(true)).Soon());
        await _writer.CompleteAsync().Soon();
        _ = await Assert.ThrowsAsync<InvalidOperationException>(() => _writer.SendAsync(1, source, 100).Soon());
        Assert.Equal(0, source.Position);
        Assert.Empty(_output.GetTaken());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_source_that_fails_in_mid_frame_ends_the_connection_and_is_never_padded(bool throws)
    {
        var failure = throws ? new IOException("disk") : null;
        var thrown = await Assert.ThrowsAnyAsync<IOException>(() => _writer.SendAsync(1, new Source(Frames.Body(7), failure), 10).Soon());
        _ = throws ? Assert.IsType<IOException>(thrown) : Assert.IsType<EndOfStreamException>(thrown);
        Assert.Equal(FramedSocketError.ConnectionAborted, _failures.OfWriting?.Error);
        Assert.Same(thrown, _failures.OfWriting?.InnerException);
        Assert.Equal(TagCodec.HeaderLength + 7, _output.GetTaken().Length);
        _ = Assert.Throws<FramedSocketException>(() => _writer.TrySend(2, []));
        Assert.Equal(0, _pool.Outstanding);
    }

    [Fact]
    public async Task A_longer_source_is_read_to_the_declared_length_only()
    {
        await _writer.SendAsync(1, new MemoryStream(Frames.Body(200_000)), 150_000).Soon();
        await _writer.SendAsync(2, Frames.Body(5)).Soon();
        var frames = await Frames.Decode(_output.GetTaken());
        Assert.Equal(Frames.Body(200_000)[..150_000], frames[0].Body);
        Assert.Equal(2, frames[1].Tag);
    }

    [Fact]
    public async Task Cancelling_in_mid_frame_ends_the_connection()
    {
        using var cancel = new CancellationTokenSource();
        var send = _writer.SendAsync(1, new Source(Frames.Body(7), hangs: true), 10, cancel.Token).Soon();
        await cancel.CancelAsync();
        Assert.Equal(cancel.Token, (await Assert.ThrowsAnyAsync<OperationCanceledException>(() => send)).CancellationToken);
        Assert.Equal(FramedSocketError.ConnectionAborted, _failures.OfWriting?.Error);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    public async Task A_source_that_gives_nothing_is_not_waited_for_once_the_output_has_failed(int given)
    {
        var send = _writer.SendAsync(1, new Source(Frames.Body(given), hangs: true), 10).Soon();
        Assert.False(send.IsCompleted);
        Assert.Equal(given > 0, _writer.State.IsInFrame);
        var reason = new FramedSocketException(FramedSocketError.ConnectionReset, "gone");
        _writer.Queue.Turn.Fail(reason);
        Assert.Same(reason, await send.Fails(FramedSocketError.ConnectionReset));
        Assert.Equal(0, _pool.Outstanding);
    }

    [Fact]
    public async Task A_body_of_no_declared_length_is_the_last_one()
    {
        await _writer.SendAsync(1, Frames.Body(5)).Soon();
        await _writer.SendAsync(TagCodec.UntilEnd, new MemoryStream(Frames.Body(100_000)), HeaderDecodeResult.UntilEnd).Soon();
        Assert.True(_output.IsCompleted);
        _ = Assert.Throws<InvalidOperationException>(() => _writer.Write(2, []));
        var frames = await Frames.Decode(_output.GetTaken());
        Assert.Equal(Frames.Body(100_000), frames[1].Body);
    }

    [Fact]
    public async Task A_body_of_no_declared_length_is_held_to_the_limit()
    {
        _writer.Limits = new() { MaxBodyLength = 100_000 };
        _ = await _writer.SendAsync(TagCodec.UntilEnd, new MemoryStream(Frames.Body(200_000)), HeaderDecodeResult.UntilEnd)
            .Soon().Fails(FramedSocketError.BodyTooLong);
        Assert.Equal(FramedSocketError.BodyTooLong, _failures.OfWriting?.Error);
        Assert.InRange(_output.TakenLength, 1, 100_000 + TagCodec.HeaderLength);
        Assert.Equal(0, _pool.Outstanding);
    }

    [Fact]
    public async Task A_body_of_no_declared_length_that_is_too_long_at_once_is_only_refused()
    {
        _writer.Limits = new() { MaxBodyLength = 10 };
        _ = await _writer.SendAsync(TagCodec.UntilEnd, new MemoryStream(Frames.Body(11)), HeaderDecodeResult.UntilEnd)
            .Soon().Fails(FramedSocketError.BodyTooLong);
        Assert.Null(_failures.OfWriting);
        await _writer.SendAsync(TagCodec.UntilEnd, new MemoryStream(Frames.Body(10)), HeaderDecodeResult.UntilEnd).Soon();
        Assert.Equal(TagCodec.HeaderLength + 10, _output.TakenLength);
    }

    [Fact]
    public async Task Other_frames_wait_while_a_body_is_streamed_and_then_leave_whole()
    {
        var source = new Source(Frames.Body(7), hangs: true);
        var send = _writer.SendAsync(1, source, 10).Soon();
        Assert.True(_writer.TrySend(2, Frames.Body(5)));
        await _writer.SendAsync(3, Frames.Body(5)).Soon();
        var large = _writer.SendAsync(4, Frames.Body(50_000)).Soon();
        Assert.Equal(TagCodec.HeaderLength + 7, _output.GetTaken().Length);
        source.Give([1, 2, 3]);
        await Task.WhenAll(send, large);
        await _writer.FlushAsync().Soon();
        Assert.Equal([1, 2, 3, 4], (await Frames.Decode(_output.GetTaken())).Select(frame => frame.Tag));
        Assert.Equal(0, _pool.Outstanding);
    }

    /// <summary>Gives some bytes, and then throws, hangs, or ends.</summary>
    private sealed class Source(byte[] bytes, Exception? failure = null, bool hangs = false) : MemoryStream(bytes)
    {
        private readonly TaskCompletionSource<byte[]> _more = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Give(byte[] more) => _more.SetResult(more);

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var count = Read(buffer.Span);
            if (count > 0)
            {
                return count;
            }

            if (failure is not null)
            {
                throw failure;
            }

            if (!hangs)
            {
                return 0;
            }

            var more = await _more.Task.WaitAsync(cancellationToken);
            more.CopyTo(buffer);
            return more.Length;
        }
    }
}
