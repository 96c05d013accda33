using System.Buffers;
using System.IO.Pipelines;
using FramedSockets.Framing;
using FramedSockets.Tests.Support;

namespace FramedSockets.Tests.Framing;

/// <summary>Frames over the limit, where they are skipped.</summary>
public sealed class OversizedFrameTests
{
    private static readonly FrameLimits Skip = new() { MaxBodyLength = 10, Oversize = OversizePolicy.Skip };

    [Fact]
    public void A_policy_that_there_is_not_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new FrameLimits { Oversize = OversizePolicy.Skip + 1 });

    [Theory]
    [InlineData(11)]
    [InlineData(100_000)]
    public async Task A_frame_over_the_limit_is_handed_out_without_its_body_and_skipped(int length)
    {
        var pipe = new Pipe(DuplexPipe.Threaded());
        var writer = new FrameWriter<int>(pipe.Writer, new TagCodec(), pool: CheckedPool.Create());
        var reader = new FrameReader<int>(pipe.Reader, new TagCodec(), Skip, pool: CheckedPool.Create());
        var writing = WriteAsync(writer, [5, length, 10]);

        var oversized = await ReadAsync(reader, 0);
        Assert.False(oversized.IsOversized);
        oversized = await ReadAsync(reader, 1);
        Assert.True(oversized.IsOversized);
        Assert.Equal(length, oversized.BodyLength);
        AssertRefused(() => oversized.Body);
        AssertRefused(() => oversized.BodyReader);
        AssertRefused(() => oversized.ToOwned());

        var last = await ReadAsync(reader, 2);
        Assert.False(last.IsOversized);
        Assert.Equal(Frames.Body(10), last.Body.ToArray());
        _ = Assert.Throws<InvalidOperationException>(() => oversized.IsOversized);
        Assert.False(await reader.WaitToReadAsync().Soon());
        await writing.Soon();

        void AssertRefused(Func<object> use)
        {
            var refusal = Assert.Throws<FramedSocketException>(use);
            Assert.Equal(FramedSocketError.BodyTooLong, refusal.Error);
            Assert.Contains($"{length}", refusal.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task An_end_inside_what_is_skipped_is_a_truncated_frame()
    {
        var wire = await EncodeAsync(50);
        var reader = new FrameReader<int>(PipeReader.Create(new ReadOnlySequence<byte>(wire.AsMemory(0, wire.Length - 1))), new TagCodec(), Skip, pool: CheckedPool.Create());
        Assert.True((await ReadAsync(reader, 0)).IsOversized);
        _ = await reader.WaitToReadAsync().AsTask().Soon().Fails(FramedSocketError.TruncatedFrame);
    }

    [Fact]
    public async Task By_default_a_frame_over_the_limit_ends_the_stream()
    {
        var wire = await EncodeAsync(50);
        var reader = new FrameReader<int>(PipeReader.Create(new ReadOnlySequence<byte>(wire)), new TagCodec(), Skip with { Oversize = OversizePolicy.Close }, pool: CheckedPool.Create());
        _ = await reader.WaitToReadAsync().AsTask().Soon().Fails(FramedSocketError.BodyTooLong);
    }

    private static async Task WriteAsync(FrameWriter<int> writer, int[] lengths)
    {
        for (var i = 0; i < lengths.Length; i++)
        {
            await writer.SendAsync(i, Frames.Body(lengths[i])).Soon();
        }

        await writer.CompleteAsync().Soon();
    }

    private static async Task<byte[]> EncodeAsync(int length)
    {
        var pipe = new Pipe(DuplexPipe.Threaded());
        await WriteAsync(new FrameWriter<int>(pipe.Writer, new TagCodec(), pool: CheckedPool.Create()), [length]);
        return await pipe.Reader.ReadToEnd();
    }

    private static async Task<Frame<int>> ReadAsync(FrameReader<int> reader, int tag)
    {
        Assert.True(await reader.WaitToReadAsync().Soon());
        Assert.True(reader.TryRead(out var frame));
        Assert.Equal(tag, frame.Header);
        return frame;
    }
}
