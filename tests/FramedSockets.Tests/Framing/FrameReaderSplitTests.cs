using System.Buffers;
using System.IO.Pipelines;
using FramedSockets.Framing;
using FramedSockets.Tests.Support;

namespace FramedSockets.Tests.Framing;

/// <summary>However the bytes arrive, the frames are the same.</summary>
public sealed class FrameReaderSplitTests
{
    private static readonly (int Tag, byte[] Body)[] Expected = [(1, []), (2, Frames.Body(9)), (3, Frames.Body(3, 5))];

    [Theory]
    [InlineData(0, 1024)]
    [InlineData(2, 1024)]
    [InlineData(0, 4)]
    [InlineData(2, 4)]
    public async Task Every_three_way_split_over_reads_gives_the_same_frames(int trailer, int mostBuffered)
    {
        var codec = new TagCodec(trailer);
        var bytes = Bytes(codec);
        for (var a = 0; a <= bytes.Length; a++)
        {
            for (var b = a; b <= bytes.Length; b++)
            {
                var pool = CheckedPool.Create();
                var pipe = new Pipe(DuplexPipe.Inline());
                var reader = new FrameReader<int>(pipe.Reader, codec, new() { MaxBufferedBodyLength = mostBuffered }, pool);
                var all = reader.ReadAll();
                await Send(pipe.Writer, bytes.AsMemory(0, a), bytes.AsMemory(a, b - a), bytes.AsMemory(b));
                Same(await all.Soon());
                await reader.CompleteAsync().Soon();
                Assert.Equal(0, pool.Outstanding);
            }
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task Every_three_way_split_over_segments_gives_the_same_frames(int trailer)
    {
        var codec = new TagCodec(trailer);
        var bytes = Bytes(codec);
        for (var a = 0; a <= bytes.Length; a++)
        {
            for (var b = a; b <= bytes.Length; b++)
            {
                Same(await ReadAll(codec, Segments.Of(bytes, a, b)));
            }
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task Segments_of_one_byte_give_the_same_frames(int trailer)
    {
        var codec = new TagCodec(trailer);
        Same(await ReadAll(codec, Segments.OfSingleBytes(Bytes(codec))));
    }

    [Theory]
    [InlineData(0, 1024)]
    [InlineData(2, 1024)]
    [InlineData(0, 4)]
    [InlineData(2, 4)]
    public async Task An_end_is_clean_between_frames_and_a_truncated_frame_everywhere_else(int trailer, int mostBuffered)
    {
        var codec = new TagCodec(trailer);
        var bytes = Bytes(codec);
        var borders = new HashSet<int> { 0 };
        foreach (var (tag, body) in Expected)
        {
            _ = borders.Add(borders.Max() + codec.Frame(tag, body).Length);
        }

        for (var end = 0; end <= bytes.Length; end++)
        {
            var pool = CheckedPool.Create();
            var pipe = new Pipe(DuplexPipe.Inline());
            await Send(pipe.Writer, bytes.AsMemory(0, end));
            var reader = new FrameReader<int>(pipe.Reader, codec, new() { MaxBufferedBodyLength = mostBuffered }, pool);
            if (borders.Contains(end))
            {
                _ = await reader.ReadAll().Soon();
                Assert.False(await reader.WaitToReadAsync().Soon());
            }
            else
            {
                _ = await reader.ReadAll().Soon().Fails(FramedSocketError.TruncatedFrame);
                _ = await reader.WaitToReadAsync().Soon().Fails(FramedSocketError.TruncatedFrame);
            }

            await reader.CompleteAsync().Soon();
            Assert.Equal(0, pool.Outstanding);
        }
    }

    [Fact]
    public async Task A_codec_that_scans_sees_no_byte_twice_and_never_less_than_before()
    {
        var bytes = new byte[2000];
        bytes.AsSpan().Fill((byte)' ');
        "3\nabc"u8.CopyTo(bytes.AsSpan(1995));
        var pool = CheckedPool.Create();
        var codec = new ScanCodec();
        var pipe = new Pipe(new(CheckedPool.Create().AsMemoryPool(), minimumSegmentSize: 16, useSynchronizationContext: false));
        var reader = new FrameReader<long>(pipe.Reader, codec, null, pool);
        foreach (var b in bytes)
        {
            // A segment of its own for each byte.
            pipe.Writer.GetMemory(1).Span[0] = b;
            pipe.Writer.Advance(1);
            _ = await pipe.Writer.FlushAsync().Soon();
            if (b != (byte)'c')
            {
                using var none = new CancellationTokenSource();
                var wait = reader.WaitToReadAsync(none.Token);
                await none.CancelAsync();
                _ = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wait.Soon());
            }
        }

        Assert.True(await reader.WaitToReadAsync().Soon());
        Assert.True(reader.TryRead(out var frame));
        Assert.Equal("abc"u8.ToArray(), frame.Body.ToArray());
        Assert.InRange(codec.Scanned, 1996, 2 * 1997);
        await reader.CompleteAsync().Soon();
        await pipe.Writer.CompleteAsync();
        Assert.Equal(0, pool.Outstanding);
    }

    private static byte[] Bytes(TagCodec codec) => [.. Expected.SelectMany(frame => codec.Frame(frame.Tag, frame.Body))];

    private static async Task<List<(int Tag, byte[] Body)>> ReadAll(TagCodec codec, ReadOnlySequence<byte> bytes)
    {
        var pool = CheckedPool.Create();
        var reader = new FrameReader<int>(PipeReader.Create(bytes), codec, null, pool);
        var frames = await reader.ReadAll().Soon();
        await reader.CompleteAsync().Soon();
        Assert.Equal(0, pool.Outstanding);
        return frames;
    }

    private static async Task Send(PipeWriter writer, params ReadOnlyMemory<byte>[] parts)
    {
        foreach (var part in parts.Where(part => part.Length > 0))
        {
            _ = await writer.WriteAsync(part).Soon();
        }

        await writer.CompleteAsync();
    }

    private static void Same(List<(int Tag, byte[] Body)> frames)
    {
        Assert.Equal(Expected.Select(frame => frame.Tag), frames.Select(frame => frame.Tag));
        Assert.All(Expected.Zip(frames), pair => Assert.Equal(pair.First.Body, pair.Second.Body));
    }
}
