using System.Buffers;
using System.IO.Pipelines;
using FramedSockets.Framing;
using FramedSockets.Tcp;
using FramedSockets.Tests.Support;

namespace FramedSockets.Tests.Framing;

/// <summary>A frame that ends while its body is still being sent ends the output that sends it: no other bytes leave in their place.</summary>
public sealed class FrameInUseTests
{
    private const int Small = 100;
    private const int Large = 40_000;

    private readonly TagCodec _codec = new();
    private readonly ScriptedWriter _output = new();
    private readonly FrameWriter<int> _writer;
    private readonly Pipe _input = new(new(pauseWriterThreshold: 0));
    private readonly FrameReader<int> _reader;

    public FrameInUseTests()
    {
        _writer = new(_output, _codec, null, maxQueuedLength: 1, CheckedPool.Create());
        _reader = new(_input.Reader, _codec, null, CheckedPool.Create());
    }

    /// <summary>How a frame ends.</summary>
    public enum End
    {
        Take,
        Wait,
        Completion,
        Detachment,
    }

    [Theory]
    [InlineData(Small, false, End.Take)]
    [InlineData(Small, true, End.Take)]
    [InlineData(Large, false, End.Take)]
    [InlineData(Small, false, End.Wait)]
    [InlineData(Large, false, End.Wait)]
    [InlineData(Small, false, End.Completion)]
    [InlineData(Large, false, End.Completion)]
    [InlineData(Small, false, End.Detachment)]
    [InlineData(Large, false, End.Detachment)]
    public async Task A_frame_that_ends_while_its_body_is_sent_ends_the_output(int length, bool asMemory, End end)
    {
        var frame = await ReadWhileTheOutputIsStalled(length);
        var sending = Send(frame, asMemory);
        Assert.False(sending.IsCompleted);
        await EndFrame(end);
        await AssertEnded(sending);
        Assert.DoesNotContain((byte)'2', _output.GetTaken());
    }

    [Fact]
    public async Task The_first_segment_of_a_body_in_several_is_known_too()
    {
        var frame = await ReadWhileTheOutputIsStalled(Large);
        Assert.False(frame.Body.IsSingleSegment);
        var sending = _writer.SendAsync(frame.Header, frame.Body.First[10..]).AsTask();
        Assert.False(sending.IsCompleted);
        await EndFrame(End.Take);
        await AssertEnded(sending);
    }

    [Theory]
    [InlineData(Small)]
    [InlineData(Large)]
    public async Task A_streamed_frame_ends_the_one_before_too(int length)
    {
        var frame = await ReadWhileTheOutputIsStalled(length, 3_000_000);
        var sending = Send(frame, asMemory: false);
        Assert.True(_reader.TryRead(out var next) && next.IsStreamed);
        await AssertEnded(sending);
    }

    [Fact]
    public async Task A_streamed_frame_that_ends_its_own_connection_so_is_not_waited_for()
    {
        await using var connection = new FrameConnection<int>(new DuplexPipe(_input.Reader, _output), _codec, new() { MaxQueuedLength = 1 });
        await Arrive(Large, declared: 3_000_000);
        Assert.True(await connection.WaitToReadAsync().Soon());
        Assert.True(connection.TryRead(out var frame));
        _output.StallAfter(0);
        var sending = connection.SendAsync(frame.Header, frame.Body).AsTask();
        Assert.True(connection.TryRead(out frame) && frame.IsStreamed);
        var reason = await connection.Completion.Soon().Fails(FramedSocketError.ConnectionAborted);
        Assert.Same(reason, await frame.BodyReader.ReadToEnd().Soon().Fails(FramedSocketError.ConnectionAborted));
        Assert.Same(reason, await sending.Soon().Fails(FramedSocketError.ConnectionAborted));
        await _input.Writer.CompleteAsync();
    }

    [Fact]
    public async Task What_waits_in_an_output_of_nobodys_connection_ends_too()
    {
        var frame = await ReadWhileTheOutputIsStalled(Large);
        var pipe = new Pipe(DuplexPipe.Inline(pause: 1));
        var writer = new FrameWriter<int>(pipe.Writer, _codec, pool: CheckedPool.Create());
        var sending = writer.SendAsync(1, frame.Body).AsTask();
        Assert.False(sending.IsCompleted);
        await EndFrame(End.Take);
        _ = await sending.Soon().Fails(FramedSocketError.ConnectionAborted);
        await pipe.Reader.CompleteAsync();
        await pipe.Writer.CompleteAsync();
    }

    [Theory]
    [InlineData(Small)]
    [InlineData(Large)]
    public async Task A_thread_that_asks_for_the_body_may_send_it_elsewhere(int length)
    {
        var frame = await ReadWhileTheOutputIsStalled(length);
        var sending = await Task.Factory.StartNew(
            () => Send(frame, asMemory: false), default, TaskCreationOptions.LongRunning, TaskScheduler.Default).Soon();
        await EndFrame(End.Take);
        await AssertEnded(sending);
    }

    [Theory]
    [InlineData(Small)]
    [InlineData(Large)]
    public async Task On_its_own_connection_any_thread_may_send_it(int length)
    {
        _writer.Queue.Reader = _reader;
        var frame = await ReadWhileTheOutputIsStalled(length);
        var body = frame.Body;
        var sending = await Task.Factory.StartNew(
            () => _writer.SendAsync(1, body).AsTask(), default, TaskCreationOptions.LongRunning, TaskScheduler.Default).Soon();
        await EndFrame(End.Take);
        await AssertEnded(sending);
    }

    [Theory]
    [InlineData(Small)]
    [InlineData(Large)]
    public async Task A_send_that_was_awaited_leaves_the_next_frame_alone(int length)
    {
        var frame = await ReadWhileTheOutputIsStalled(length);
        var sending = Send(frame, asMemory: false);
        _output.Resume();
        await sending.Soon();
        await EndFrame(End.Take);
        await _writer.SendAsync(3, "on"u8.ToArray()).Soon();
        await _writer.FlushAsync().Soon();
        Assert.Equal([0, 1, 3], (await Frames.Decode(_output.GetTaken())).Select(sent => sent.Tag));
    }

    [Theory]
    [InlineData(Small)]
    [InlineData(Large)]
    public async Task A_send_that_was_given_up_leaves_the_next_frame_alone(int length)
    {
        var frame = await ReadWhileTheOutputIsStalled(length);
        using var source = new CancellationTokenSource();
        var sending = _writer.SendAsync(1, frame.Body, source.Token).AsTask();
        await source.CancelAsync();
        _ = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending.Soon());
        await EndFrame(End.Take);
        _output.Resume();
        await _writer.SendAsync(3, "on"u8.ToArray()).Soon();
        await _writer.FlushAsync().Soon();
        Assert.Equal([0, 3], (await Frames.Decode(_output.GetTaken())).Select(sent => sent.Tag));
    }

    [Theory]
    [InlineData(Small)]
    [InlineData(Large)]
    public async Task Memory_of_the_callers_own_is_not_taken_for_the_frames(int length)
    {
        var frame = await ReadWhileTheOutputIsStalled(length);
        using var copy = frame.ToOwned();
        var sending = _writer.SendAsync(1, copy.Body).AsTask();
        await EndFrame(End.Take);
        _output.Resume();
        await sending.Soon();
        await _writer.FlushAsync().Soon();
        Assert.Equal([0, 1], (await Frames.Decode(_output.GetTaken())).Select(sent => sent.Tag));
    }

    [Fact]
    public async Task Each_output_that_sends_it_is_ended()
    {
        var frame = await ReadWhileTheOutputIsStalled(Large);
        var otherOutput = new ScriptedWriter();
        otherOutput.StallAfter(0);
        var other = new FrameWriter<int>(otherOutput, _codec, null, maxQueuedLength: 1, CheckedPool.Create());
        var sending = Send(frame, asMemory: false);
        var sendingToo = other.SendAsync(1, frame.Body).AsTask();
        await EndFrame(End.Take);
        await AssertEnded(sending);
        otherOutput.Resume();
        _ = await sendingToo.Soon().Fails(FramedSocketError.ConnectionAborted);
    }

    [Fact]
    public async Task A_frame_that_ends_behind_another_failure_waits_for_the_end_of_the_stream_as_well()
    {
        using var listener = new SlowListener();
        var writer = new FrameWriter<int>(_output, _codec, FrameLimits.Default, 1, CheckedPool.Create(), listener);
        await Arrive(Large, declared: null);
        Assert.True(await _reader.WaitToReadAsync().Soon());
        Assert.True(_reader.TryRead(out var frame));
        _output.StallAfter(0);
        var sending = writer.SendAsync(frame.Header, frame.Body).AsTask();
        var failing = Task.Run(() => writer.Queue.Turn.Fail(new(FramedSocketError.ConnectionReset, "first")));
        await listener.Begun.Task.Soon();
        var ending = Task.Run(() => EndFrame(End.Take));
        await Timeouts.Until(() => listener.Calls == 2);
        Assert.False(ending.IsCompleted);
        listener.End.Set();
        await Task.WhenAll(failing, ending).Soon();
        _output.Resume();
        _ = await sending.Soon().Fails(FramedSocketError.ConnectionReset);
    }

    private async Task<Frame<int>> ReadWhileTheOutputIsStalled(int length, int? declared = null)
    {
        await Arrive(length, declared);
        Assert.True(await _reader.WaitToReadAsync().Soon());
        Assert.True(_reader.TryRead(out var frame));
        _output.StallAfter(0);
        Assert.True(_writer.TrySend(0, "full"u8));
        return frame;
    }

    private async Task Arrive(int length, int? declared)
    {
        _ = await _input.Writer.WriteAsync(_codec.Frame(1, Enumerable.Repeat((byte)'1', length).ToArray())).Soon();
        _ = await _input.Writer.WriteAsync(_codec.Frame(2, Enumerable.Repeat((byte)'2', length).ToArray(), declared)).Soon();
    }

    private Task Send(in Frame<int> frame, bool asMemory) => asMemory
        ? _writer.SendAsync(frame.Header, frame.Body.First).AsTask()
        : _writer.SendAsync(frame.Header, frame.Body).AsTask();

    private async Task EndFrame(End end)
    {
        switch (end)
        {
            case End.Take:
                Assert.True(_reader.TryRead(out _));
                break;
            case End.Wait:
                Assert.True(await _reader.WaitToReadAsync().Soon());
                break;
            case End.Completion:
                await _reader.CompleteAsync().Soon();
                break;
            default:
                _ = _reader.Detach();
                break;
        }
    }

    private async Task AssertEnded(Task sending)
    {
        _ = Assert.Throws<FramedSocketException>(() => _writer.TrySend(4, "no more"u8));
        _output.Resume();
        var reason = await sending.Soon().Fails(FramedSocketError.ConnectionAborted);
        Assert.Contains("await SendAsync", reason.Message, StringComparison.Ordinal);
    }

    /// <summary>A stream that takes its time to end.</summary>
    private sealed class SlowListener : IFailureListener, IDisposable
    {
        private int _calls;

        public ManualResetEventSlim End { get; } = new();

        public TaskCompletionSource Begun { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int Calls => Volatile.Read(ref _calls);

        public FramedSocketException Decide(FramedSocketException reason) => reason;

        public FramedSocketException OnReadFailed(FramedSocketException reason) => reason;

        public void OnWriteFailed(FramedSocketException reason)
        {
            _ = Interlocked.Increment(ref _calls);
            _ = Begun.TrySetResult();
            Assert.True(End.Wait(TimeSpan.FromSeconds(30)));
        }

        public void Dispose() => End.Dispose();
    }
}
