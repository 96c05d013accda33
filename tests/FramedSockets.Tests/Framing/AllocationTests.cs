using System.Buffers;
using System.IO.Pipelines;
using FramedSockets.Framing;
using FramedSockets.Tcp;
using FramedSockets.Tests.Support;

namespace FramedSockets.Tests.Framing;

/// <summary>Zero bytes allocated for a frame, both ways.</summary>
[Collection(nameof(Alone))]
public sealed class AllocationTests
{
    private const int Batch = 100;

    [Fact]
    public async Task Reading_a_frame_allocates_nothing()
    {
        var codec = new TagCodec();
        var pipe = new Pipe(DuplexPipe.Inline(pool: MemoryPool<byte>.Shared));
        var reader = new FrameReader<int>(pipe.Reader, codec);
        byte[] bytes = [.. Enumerable.Range(0, Batch).SelectMany(i => codec.Frame(i, Frames.Body(32)))];
        var read = 0;
        Action round = Round;
        Warm(1000, round);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Warm(100, round);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(1100 * Batch, read);
        await reader.CompleteAsync().Soon();

        void Round()
        {
            var wait = reader.WaitToReadAsync();
            // In two halves: the wait is a real one, and a frame is cut in the middle.
            Write(pipe.Writer, bytes.AsSpan(0, bytes.Length / 2 + 5));
            Assert.True(wait.IsCompletedSuccessfully && wait.Result);
            Take();
            wait = reader.WaitToReadAsync();
            Write(pipe.Writer, bytes.AsSpan(bytes.Length / 2 + 5));
            Assert.True(wait.IsCompletedSuccessfully && wait.Result);
            Take();
        }

        void Take()
        {
            while (reader.TryRead(out var frame))
            {
                read += frame.Body.Length == 32 ? 1 : 0;
            }
        }
    }

    [Fact]
    public async Task Writing_a_frame_allocates_nothing()
    {
        var codec = new TagCodec();
        var pipe = new Pipe(DuplexPipe.Inline(pool: MemoryPool<byte>.Shared));
        var writer = new FrameWriter<int>(pipe.Writer, codec);
        var body = Frames.Body(32);
        var written = 0L;
        Action round = Round;
        Warm(1000, round);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Warm(100, round);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(1100L * Batch * 40, written);
        await writer.CompleteAsync().Soon();

        void Round()
        {
            for (var i = 0; i < Batch; i++)
            {
                if (i % 2 == 0)
                {
                    writer.Write(i, body);
                }
                else
                {
                    Assert.True(writer.SendAsync(i, body).IsCompletedSuccessfully);
                }
            }

            Assert.True(writer.FlushAsync().IsCompletedSuccessfully);
            Assert.True(pipe.Reader.TryRead(out var result));
            written += result.Buffer.Length;
            pipe.Reader.AdvanceTo(result.Buffer.End);
        }
    }

    private static void Write(PipeWriter writer, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(writer.GetSpan(bytes.Length));
        writer.Advance(bytes.Length);
        Assert.True(writer.FlushAsync().IsCompletedSuccessfully);
    }

    [Fact]
    public void Broadcasting_allocates_little_and_no_encoder_each_time()
    {
        var group = new ConnectionGroup<int>(new TagCodec());
        var body = Frames.Body(32);
        var rounds = 0;
        Action round = () => rounds += group.SendAsync(1, body, SlowConsumer.Drop).IsCompletedSuccessfully ? 1 : 0;
        Warm(1000, round);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Warm(100, round);
        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / 100, 0, 160);
        Assert.Equal(1100, rounds);
    }

    private static void Warm(int rounds, Action round)
    {
        for (var i = 0; i < rounds; i++)
        {
            round();
        }
    }
}
