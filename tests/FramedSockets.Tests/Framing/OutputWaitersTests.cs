using System.IO.Pipelines;
using FramedSockets.Framing;
using FramedSockets.Tests.Support;

namespace FramedSockets.Tests.Framing;

/// <summary>Those who wait to send, and those who come while they do.</summary>
public sealed class OutputWaitersTests
{
    private const int Alone = 33_000;
    private readonly PoisoningPool _pool = CheckedPool.Create();
    private readonly ScriptedWriter _output = new();
    private readonly TagCodec _codec = new();
    private readonly FrameWriter<int> _writer;

    public OutputWaitersTests() => _writer = new(_output, _codec, null, 1000, _pool);

    [Fact]
    public async Task Write_finds_room_while_others_wait_for_the_output_alone()
    {
        var large = await WaitForTurn();
        _writer.Write(2, Frames.Body(10));
        Assert.False(_writer.TrySend(3, Frames.Body(10)));
        _output.Resume();
        await large.Soon();
        await AssertSent([0, 2, 1]);
    }

    [Fact]
    public async Task Whoever_waits_for_the_output_alone_says_nothing_about_the_peer()
    {
        var large = await WaitForTurn();
        Assert.True(_writer.Queue.TrySendEncoded(_codec.Frame(2, Frames.Body(10))));
        _output.Resume();
        await large.Soon();
        await AssertSent([0, 2, 1]);
    }

    [Fact]
    public async Task Nor_does_whoever_waits_behind_one_who_does()
    {
        var large = await WaitForTurn();
        var behind = _writer.SendAsync(2, Frames.Body(10)).AsTask();
        Assert.False(behind.IsCompleted);
        Assert.True(_writer.Queue.TrySendEncoded(_codec.Frame(3, Frames.Body(10))));
        _output.Resume();
        await Task.WhenAll(large, behind).Soon();
        await AssertSent([0, 3, 1, 2]);
    }

    [Fact]
    public async Task What_is_encoded_once_does_not_overtake_what_waits_because_the_queue_was_full()
    {
        _output.StallAfter(3);
        await _writer.SendAsync(0, Frames.Body(2000)).Soon();
        var large = _writer.SendAsync(1, Frames.Body(Alone)).AsTask();
        Assert.False(_writer.Queue.TrySendEncoded(_codec.Frame(2, Frames.Body(10))));
        var late = _writer.Direct.SendEncodedAsync(_codec.Frame(2, Frames.Body(10)), CancellationToken.None).AsTask();
        _output.StallAfter(TagCodec.HeaderLength + 2000 + TagCodec.HeaderLength + 10);
        await Timeouts.Until(() => !_writer.Queue.IsFull);
        Assert.False(_writer.Queue.TrySendEncoded(_codec.Frame(3, Frames.Body(10))));
        _output.Resume();
        await Task.WhenAll(large, late).Soon();
        Assert.True(_writer.Queue.TrySendEncoded(_codec.Frame(3, Frames.Body(10))));
        await AssertSent([0, 1, 2, 3]);
    }

    [Fact]
    public async Task What_is_encoded_once_does_not_overtake_those_who_wait_for_room()
    {
        _output.StallAfter(0);
        await _writer.SendAsync(0, Frames.Body(2000)).Soon();
        var waiting = _writer.SendAsync(1, Frames.Body(10)).Soon();
        Assert.False(_writer.Queue.TrySendEncoded(_codec.Frame(2, Frames.Body(10))));
        _output.Resume();
        await waiting;
        await AssertSent([0, 1]);
    }

    [Fact]
    public async Task Whoever_gets_the_turn_has_it_however_much_is_queued_meanwhile()
    {
        var large = await WaitForTurn();
        _writer.Write(2, Frames.Body(900));
        _output.StallAfter(200);
        Assert.False(large.IsCompleted);
        _output.Resume();
        await large.Soon();
        await AssertSent([0, 2, 1]);
    }

    [Fact]
    public async Task What_left_with_the_first_bytes_of_a_body_makes_room()
    {
        _output.StallAfter(3);
        await _writer.SendAsync(0, Frames.Body(10)).Soon();
        var source = new Pipe();
        var body = _writer.SendAsync(1, source.Reader, 100).AsTask();
        _ = await source.Writer.WriteAsync(Frames.Body(50)).Soon();
        await Timeouts.Until(() => _writer.Queue.Turn.HasWaiters);
        _writer.Write(2, Frames.Body(1200));
        var flush = _writer.FlushAsync().AsTask();
        _output.Resume();
        await flush.Soon();
        await Timeouts.Until(() => _writer.Queue.QueuedLength == 0);
        Assert.False(body.IsCompleted);
        _writer.Write(3, Frames.Body(10));
        Assert.True(_writer.Queue.TrySendEncoded(_codec.Frame(4, Frames.Body(10))));
        _ = await source.Writer.WriteAsync(Frames.Body(100).AsMemory(50)).Soon();
        await body.Soon();
        await AssertSent([0, 2, 1, 3, 4]);
        await source.Reader.CompleteAsync();
        await source.Writer.CompleteAsync();
    }

    [Fact]
    public async Task Whoever_waits_for_room_is_passed_over_once_for_those_who_write()
    {
        _output.StallAfter(0);
        await _writer.SendAsync(0, Frames.Body(400)).Soon();
        _writer.Write(2, Frames.Body(700));
        var waiting = _writer.SendAsync(1, Frames.Body(10)).AsTask();
        _output.StallAfter(TagCodec.HeaderLength + 400);
        await Timeouts.Until(() => !_writer.Queue.IsFull);
        _writer.Write(3, Frames.Body(700));
        Assert.False(waiting.IsCompleted);
        _output.StallAfter(TagCodec.HeaderLength + 700);
        await waiting.Soon();
        _output.Resume();
        await AssertSent([0, 2, 3, 1]);
    }

    [Fact]
    public async Task Those_who_gave_up_hold_nobody_up()
    {
        using var impatient = new CancellationTokenSource();
        var waits = new List<Task> { await WaitForTurn(impatient.Token) };
        for (var i = 0; i < 100; i++)
        {
            waits.Add(_writer.SendAsync(1, Frames.Body(Alone), impatient.Token).AsTask());
        }

        await impatient.CancelAsync();
        foreach (var wait in waits)
        {
            _ = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wait.Soon());
        }

        Assert.True(_writer.TrySend(2, Frames.Body(10)));
        _output.Resume();
        await _writer.FlushAsync().Soon();
        await AssertSent([0, 2]);
    }

    [Fact]
    public async Task Whoever_waits_among_many_that_gave_up_is_sent_in_order()
    {
        using var impatient = new CancellationTokenSource();
        var waits = new List<Task> { await WaitForTurn() };
        var cancelled = new List<Task>();
        for (var i = 0; i < 100; i++)
        {
            cancelled.Add(_writer.SendAsync(99, Frames.Body(10), impatient.Token).AsTask());
            if (i % 10 == 0)
            {
                waits.Add(_writer.SendAsync(2 + (i / 10), Frames.Body(10)).AsTask());
            }
        }

        await impatient.CancelAsync();
        foreach (var task in cancelled)
        {
            _ = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => task.Soon());
        }

        _output.Resume();
        await Task.WhenAll(waits).Soon();
        await AssertSent([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    }

    /// <summary>A flush is in flight, hardly anything is queued, and a large body waits for its turn.</summary>
    private async Task<Task> WaitForTurn(CancellationToken cancellationToken = default)
    {
        _output.StallAfter(3);
        await _writer.SendAsync(0, Frames.Body(10), CancellationToken.None).Soon();
        var large = _writer.SendAsync(1, Frames.Body(Alone), cancellationToken).AsTask();
        Assert.False(large.IsCompleted);
        return large;
    }

    private async Task AssertSent(int[] tags)
    {
        await _writer.CompleteAsync().Soon();
        Assert.Equal(tags, (await Frames.Decode(_output.GetTaken())).Select(frame => frame.Tag));
        Assert.Equal(0, _pool.Outstanding);
        Assert.False(_output.WasMisused);
    }
}
