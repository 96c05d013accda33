using System.Buffers;
using System.IO.Pipelines;
using FramedSockets.Framing;
using FramedSockets.Tests.Support;

namespace FramedSockets.Tests.Framing;

/// <summary>A body that is sent alone, past the queue, does not make more room in it than there is.</summary>
public sealed class DirectSenderTests
{
    private const int Trailer = 3;
    private const int Most = 20;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_header_and_trailer_of_a_body_sent_alone_are_counted_before_others_see_room(bool waits)
    {
        var pool = CheckedPool.Create();
        var output = new ScriptedWriter();
        var writer = new FrameWriter<int>(output, new TagCodec(Trailer), null, Most, pool);
        if (waits)
        {
            output.StallAfter(0);
            Assert.True(writer.TrySend(1, Frames.Body(Most)));
        }

        var turn = writer.Direct.AcquireAsync(2, default, 50_000, default).AsTask();
        Assert.Equal(!waits, turn.IsCompleted);
        output.Resume();
        await turn.Soon();
        Assert.Equal(TagCodec.HeaderLength + Trailer, writer.Queue.QueuedLength);
        Assert.True(writer.TrySend(3, default));
        Assert.False(writer.TrySend(4, default));
        writer.Direct.Release();
        await writer.CompleteAsync().Soon();
        Assert.Equal(0, pool.Outstanding);
    }

    [Fact]
    public async Task Nothing_follows_a_body_that_lasts_until_the_end_and_the_end_is_waited_for()
    {
        var pool = CheckedPool.Create();
        var output = new ScriptedWriter();
        var codec = new TagCodec();
        var writer = new FrameWriter<int>(output, codec, null, Most, pool);
        var source = new Pipe();
        _ = await source.Writer.WriteAsync("one"u8.ToArray());
        var sending = writer.SendAsync(TagCodec.UntilEnd, source.Reader.AsStream(), HeaderDecodeResult.UntilEnd).AsTask();
        await Timeouts.Until(() => output.GetTaken().Length == TagCodec.HeaderLength + 3);
        _ = Assert.Throws<InvalidOperationException>(() => writer.TrySend(1, "no"u8));
        _ = await Assert.ThrowsAsync<InvalidOperationException>(() => writer.SendAsync(1, "no"u8.ToArray()).Soon());
        var ending = writer.CompleteAsync().AsTask();
        Assert.False(ending.IsCompleted);
        _ = await source.Writer.WriteAsync("two"u8.ToArray());
        await source.Writer.CompleteAsync();
        await sending.Soon();
        await ending.Soon();
        Assert.Equal(codec.Frame(TagCodec.UntilEnd, "onetwo"u8, declared: -1), output.GetTaken());
        Assert.Equal(0, pool.Outstanding);
    }

    [Fact]
    public async Task A_header_that_is_refused_takes_no_turn()
    {
        var output = new ScriptedWriter();
        var writer = new FrameWriter<int>(output, new TagCodec(), new() { MaxBodyLength = 10 }, Most, CheckedPool.Create());
        output.StallAfter(0);
        Assert.True(writer.TrySend(1, Frames.Body(5)));
        var waiting = writer.Direct.AcquireAsync(2, default, 11, default).AsTask();
        output.Resume();
        var refusal = await Assert.ThrowsAsync<FramedSocketException>(() => waiting.Soon());
        Assert.Equal(FramedSocketError.BodyTooLong, refusal.Error);
        Assert.Throws<FramedSocketException>(() => { _ = writer.Direct.AcquireAsync(2, default, 11, default); });
        Assert.True(writer.TrySend(3, Frames.Body(5)));
        await writer.CompleteAsync().Soon();
        Assert.Equal([1, 3], (await Frames.Decode(output.GetTaken())).Select(frame => frame.Tag));
    }

    [Fact]
    public async Task Whatever_breaks_off_a_body_ends_the_connection_and_not_only_the_frame()
    {
        var output = new ScriptedWriter();
        var writer = new FrameWriter<int>(output, new TagCodec(), null, Most, CheckedPool.Create());
        var first = new Piece(Frames.Body(20_000));
        var second = first.Append(Frames.Body(20_000));
        var last = second.Append(Frames.Body(20_000));
        output.StallAfter(0);
        var sending = writer.SendAsync(1, new ReadOnlySequence<byte>(first, 0, last, 20_000)).AsTask();
        Assert.False(sending.IsCompleted);
        second.Forget(); // as a body that is given to others while it is sent
        output.Resume();
        _ = await Assert.ThrowsAsync<InvalidOperationException>(() => sending.Soon());
        var reason = Assert.Throws<FramedSocketException>(() => writer.TrySend(2, "more"u8));
        Assert.Equal(FramedSocketError.TransportFailed, reason.Error);
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(byte[] bytes) => Memory = bytes;

        public Piece Append(byte[] bytes)
        {
            var next = new Piece(bytes) { RunningIndex = RunningIndex + Memory.Length };
            Next = next;
            return next;
        }

        public void Forget() => Next = null;
    }
}
