using System.IO.Pipelines;
using FramedSockets.Framing;
using FramedSockets.Tests.Support;

namespace FramedSockets.Tests.Framing;

/// <summary>Flushing, where a pipe is quick, fails or ends badly.</summary>
public sealed class FlushLoopTests
{
    private readonly PoisoningPool _pool = CheckedPool.Create();
    private readonly ScriptedWriter _taken = new();
    private readonly Failures _failures = new();

    [Fact]
    public async Task A_sender_is_not_held_for_what_others_go_on_queueing()
    {
        const int Most = 1000;
        var (mine, sent) = (0, 0);
        var caller = Environment.CurrentManagedThreadId;
        FrameWriter<int>? writer = null;
        var output = new Output(_taken)
        {
            OnFlush = () =>
            {
                mine += Environment.CurrentManagedThreadId == caller ? 1 : 0;
                if (sent < Most)
                {
                    // As another thread would, while this flush is in flight.
                    Assert.True(writer!.TrySend(++sent, []));
                }

                return default;
            },
        };
        writer = New(output);
        Assert.True(writer.TrySend(0, []));
        Assert.InRange(mine, 1, 8);
        await Timeouts.Until(() => Volatile.Read(ref sent) == Most && writer.Queue.QueuedLength == 0);
        await writer.CompleteAsync().Soon();
        Assert.Equal(Enumerable.Range(0, Most + 1), (await Frames.Decode(_taken.GetTaken())).Select(frame => frame.Tag));
        Assert.Equal(0, _pool.Outstanding);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(33_000)]
    public async Task A_pipe_that_throws_at_its_end_fails_the_connection_not_the_process(int length)
    {
        var flush = new TaskCompletionSource();
        var output = new Output(_taken) { OnFlush = () => new(flush.Task), AtEnd = new InvalidDataException("end") };
        var writer = New(output);
        var send = writer.SendAsync(1, Frames.Body(length)).AsTask();
        var reason = new FramedSocketException(FramedSocketError.ConnectionAborted, "cut");
        writer.Queue.Turn.Fail(reason);
        Assert.Same(reason, await writer.CompleteAsync().AsTask().Soon().Fails(FramedSocketError.ConnectionAborted));
        Assert.False(output.HasEnded);
        flush.SetException(new IOException("gone"));
        await Timeouts.Until(() => output.HasEnded);
        Assert.Same(reason, _failures.OfWriting);
        if (length > 10)
        {
            Assert.Same(reason, await send.Soon().Fails(FramedSocketError.ConnectionAborted));
        }

        await _taken.CompleteAsync();
    }

    [Fact]
    public async Task An_end_that_is_waited_for_when_the_output_fails_still_ends_the_pipe()
    {
        var writer = New(_taken);
        _taken.StallAfter(3);
        await writer.SendAsync(1, Frames.Body(10)).Soon();
        var end = writer.CompleteAsync().AsTask();
        Assert.False(end.IsCompleted);
        _taken.Fail(new IOException("gone"));
        var reason = await end.Soon().Fails(FramedSocketError.TransportFailed);
        await Timeouts.Until(() => _taken.IsCompleted);
        Assert.Same(reason, _taken.CompletedWith);
        Assert.Equal(0, _pool.Outstanding);
    }

    private FrameWriter<int> New(PipeWriter output) => new(output, new TagCodec(), null, 1000, _pool, _failures);

    /// <summary>Writes to another pipe, and is told what to do when it is flushed and ended.</summary>
    private sealed class Output(PipeWriter inner) : PipeWriter
    {
        public required Func<ValueTask> OnFlush { get; init; }

        public Exception? AtEnd { get; init; }

        public bool HasEnded { get; private set; }

        public override void Advance(int bytes) => inner.Advance(bytes);

        public override Memory<byte> GetMemory(int sizeHint = 0) => inner.GetMemory(sizeHint);

        public override Span<byte> GetSpan(int sizeHint = 0) => inner.GetSpan(sizeHint);

        public override async ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
        {
            await OnFlush();
            return await inner.FlushAsync(cancellationToken);
        }

        public override void CancelPendingFlush() => inner.CancelPendingFlush();

        public override void Complete(Exception? exception = null)
        {
            HasEnded = true;
            throw AtEnd ?? new InvalidOperationException("Nobody ends it so.");
        }

        public override ValueTask CompleteAsync(Exception? exception = null) => inner.CompleteAsync(exception);
    }
}
