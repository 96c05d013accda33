using FramedSockets.Framing;
using FramedSockets.Tests.Support;

namespace FramedSockets.Tests.Framing;

/// <summary>Ten thousand random schedules: the queue is bounded, and what was accepted leaves whole, once, in order.</summary>
public sealed class OutputQueueScheduleTests
{
    private const int Most = 200;
    private const int Longest = 100;

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(3, false)]
    [InlineData(4, true)]
    [InlineData(5, true)]
    public async Task Queued_bytes_never_exceed_the_mark_and_one_frame(int seed, bool writes)
    {
        var random = new Random(seed);
        for (var i = 0; i < 2500; i++)
        {
            await RunSchedule(random, writes);
        }
    }

    private static async Task RunSchedule(Random random, bool writes)
    {
        const int Bound = Most + Longest + TagCodec.HeaderLength;
        var pool = CheckedPool.Create();
        var output = new ScriptedWriter();
        var writer = new FrameWriter<int>(output, new TagCodec(), null, Most, pool);
        var sent = new HashSet<int>();
        var maybe = new Dictionary<int, Task>();
        var flushes = new List<Task>();
        using var cancel = new CancellationTokenSource();
        for (var tag = 0; tag < 30; tag++)
        {
            if (writes && random.Next(3) == 0)
            {
                Write(writer, tag, Frames.Body(random.Next(Longest + 1), tag), sent);
            }
            else
            {
                Step(random, writer, output, tag, sent, maybe, flushes, cancel);
            }

            Assert.InRange(writer.Queue.QueuedLength, 0, writes ? 2 * Bound : Bound);
            Assert.InRange(writer.Queue.Turn.Count.Written, 0, writes ? Bound : 0);
        }

        output.Resume();
        await writer.CompleteAsync().Soon();
        foreach (var (tag, task) in maybe)
        {
            try
            {
                await task.Soon();
                _ = sent.Add(tag);
            }
            catch (OperationCanceledException)
            {
            }
        }

        foreach (var flush in flushes)
        {
            // One that was cancelled is as good as one that has ended.
            Assert.True(await Record.ExceptionAsync(() => flush.Soon()) is null or OperationCanceledException);
        }

        // Tags rise, and so do those that leave, but for those that were written before others who waited.
        var frames = await Frames.Decode(output.GetTaken());
        var left = frames.Select(frame => frame.Tag);
        Assert.Equal(sent.Order(), writes ? left.Order() : left);
        Assert.Equal((0, 0), (writer.Queue.QueuedLength, writer.Queue.Turn.Count.Written));
        Assert.All(frames, frame => Assert.Equal(Frames.Body(frame.Body.Length, frame.Tag), frame.Body));
        Assert.False(output.WasMisused);
        Assert.Equal(0, pool.Outstanding);
    }

    private static void Write(FrameWriter<int> writer, int tag, byte[] body, HashSet<int> sent)
    {
        var hasRoom = !writer.Queue.HoldsReader;
        try
        {
            writer.Write(tag, body);
            Assert.True(sent.Add(tag));
        }
        catch (InvalidOperationException)
        {
            Assert.False(hasRoom);
        }
    }

    private static void Step(
        Random random, FrameWriter<int> writer, ScriptedWriter output, int tag, HashSet<int> sent, Dictionary<int, Task> maybe, List<Task> flushes, CancellationTokenSource cancel)
    {
        var body = Frames.Body(random.Next(Longest + 1), tag);
        switch (random.Next(9))
        {
            case 0 or 1:
                if (writer.TrySend(tag, body))
                {
                    _ = sent.Add(tag);
                }

                break;
            case 2 or 3:
                maybe[tag] = writer.SendAsync(tag, body, random.Next(3) == 0 ? cancel.Token : default).AsTask();
                break;
            case 4:
                maybe[tag] = writer.SendAsync(tag, Frames.Body(33_000, tag), random.Next(3) == 0 ? cancel.Token : default).AsTask();
                break;
            case 5:
                flushes.Add(writer.FlushAsync(cancel.Token).AsTask());
                break;
            case 6:
                output.StallAfter(random.Next(300));
                break;
            case 7:
                output.Resume();
                break;
            default:
                if (random.Next(5) == 0)
                {
                    cancel.Cancel();
                }

                break;
        }
    }
}
