using System.Buffers;
using System.IO.Pipelines;
using FramedSockets.Framing;
using FramedSockets.Tests.Support;

namespace FramedSockets.Tests.Framing;

/// <summary>A frame used too late throws; it never shows another frame's bytes.</summary>
public sealed class StaleFrameTests
{
    private readonly TagCodec _codec = new();
    private readonly FrameReader<int> _reader;

    public StaleFrameTests() => _reader = ReaderOf(_codec);

    [Fact]
    public async Task The_next_frame_makes_it_stale()
    {
        var frame = await First();
        var body = frame.BodyReader;
        Assert.True(_reader.TryRead(out var second));
        AssertStale(frame);
        _ = Assert.Throws<InvalidOperationException>(() => body.TryRead(out _));
        Assert.Equal("second"u8.ToArray(), second.Body.ToArray());
    }

    [Fact]
    public async Task Waiting_makes_it_stale()
    {
        var frame = await First();
        Assert.True(await _reader.WaitToReadAsync().Soon());
        AssertStale(frame);
    }

    [Fact]
    public async Task A_cancelled_wait_makes_it_stale()
    {
        var frame = await First();
        _ = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _reader.WaitToReadAsync(new(true)).Soon());
        AssertStale(frame);
    }

    [Fact]
    public async Task A_read_that_finds_nothing_makes_it_stale()
    {
        _ = await First();
        Assert.True(_reader.TryRead(out var last));
        Assert.False(_reader.TryRead(out _));
        AssertStale(last);
    }

    [Fact]
    public async Task The_end_of_reading_waits_for_a_frame_that_is_being_taken_and_makes_it_stale()
    {
        using var taking = new ManualResetEventSlim();
        using var goOn = new ManualResetEventSlim();
        var reader = ReaderOf(new HookedCodec(() =>
        {
            taking.Set();
            Assert.True(goOn.Wait(TimeSpan.FromSeconds(30)));
        }));
        Assert.True(await reader.WaitToReadAsync().Soon());
        Assert.True(reader.TryRead(out _));
        var take = Task.Run(() => (IsTaken: reader.TryRead(out var frame), Frame: frame));
        Assert.True(taking.Wait(TimeSpan.FromSeconds(30)));
        var end = Task.Run(async () => await reader.CompleteAsync());
        await Timeouts.Until(() => reader.IsClosed);
        Assert.False(end.IsCompleted);
        goOn.Set();
        await end.Soon();
        var (isTaken, frame) = await take.Soon();
        Assert.True(isTaken);
        AssertStale(frame);
        Assert.False(reader.TryRead(out _));
    }

    [Fact]
    public async Task The_end_of_reading_may_be_asked_for_while_a_frame_is_decoded()
    {
        var end = Task.CompletedTask;
        FrameReader<int>? reader = null;
        reader = ReaderOf(new HookedCodec(() => end = reader!.CompleteAsync().AsTask()));
        Assert.True(await reader.WaitToReadAsync().Soon());
        Assert.True(reader.TryRead(out _));
        Assert.True(reader.TryRead(out var frame));
        await end.Soon();
        AssertStale(frame);
        Assert.False(reader.TryRead(out _));
    }

    [Fact]
    public async Task The_end_of_reading_makes_it_stale()
    {
        var frame = await First();
        await _reader.CompleteAsync().Soon();
        AssertStale(frame);
    }

    [Fact]
    public void A_frame_from_nowhere_throws() => AssertStale(default);

    [Fact]
    public async Task A_copy_stays_until_it_is_disposed()
    {
        var pool = CheckedPool.Create();
        var reader = new FrameReader<int>(PipeReader.Create(new ReadOnlySequence<byte>(_codec.Frame(1, "kept"u8))), _codec, null, pool);
        Assert.True(await reader.WaitToReadAsync().Soon());
        Assert.True(reader.TryRead(out var frame));
        var copy = frame.ToOwned();
        await reader.CompleteAsync().Soon();
        Assert.Equal("kept"u8.ToArray(), copy.Body.ToArray());
        Assert.Equal(1, copy.Header);
        var late = copy.Body;
        copy.Dispose();
        copy.Dispose();
        _ = Assert.Throws<ObjectDisposedException>(() => copy.Body);
        Assert.All(late.ToArray(), b => Assert.Equal(PoisoningPool.Poison, b));
        Assert.Equal(0, pool.Outstanding);
    }

    [Fact]
    public async Task A_body_in_memory_reads_as_a_pipe()
    {
        var body = (await First()).BodyReader;
        var result = await body.ReadAsync().Soon();
        Assert.True(result.IsCompleted);
        body.AdvanceTo(result.Buffer.GetPosition(2));
        Assert.Equal("rst"u8.ToArray(), await body.ReadToEnd());
        await body.CompleteAsync();
        _ = Assert.Throws<InvalidOperationException>(() => body.TryRead(out _));
    }

    private async Task<Frame<int>> First()
    {
        Assert.True(await _reader.WaitToReadAsync().Soon());
        Assert.True(_reader.TryRead(out var frame));
        Assert.Equal("first"u8.ToArray(), frame.Body.ToArray());
        return frame;
    }

    private FrameReader<int> ReaderOf(IHeaderCodec<int> codec) => new(
        PipeReader.Create(new ReadOnlySequence<byte>([.. _codec.Frame(1, "first"u8), .. _codec.Frame(2, "second"u8)])), codec, null, CheckedPool.Create());

    private static void AssertStale(Frame<int> frame)
    {
        _ = Assert.Throws<InvalidOperationException>(() => frame.Body);
        _ = Assert.Throws<InvalidOperationException>(() => frame.BodyReader);
        _ = Assert.Throws<InvalidOperationException>(() => frame.BodyLength);
        _ = Assert.Throws<InvalidOperationException>(() => frame.IsStreamed);
        _ = Assert.Throws<InvalidOperationException>(frame.ToOwned);
    }

    /// <summary>Calls somebody in the middle of the second frame.</summary>
    private sealed class HookedCodec(Action onSecond) : IHeaderCodec<int>
    {
        private readonly TagCodec _inner = new();

        public HeaderDecodeResult Decode(ReadOnlySpan<byte> source, in HeaderDecodeContext context, out int header)
        {
            var result = _inner.Decode(source, context, out header);
            if (header == 2)
            {
                onSecond();
            }

            return result;
        }

        public void Encode(in int header, in HeaderEncodeContext context, IBufferWriter<byte> output) => _inner.Encode(header, context, output);
    }
}
