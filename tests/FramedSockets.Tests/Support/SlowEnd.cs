using System.Buffers;
using System.IO.Pipelines;

namespace FramedSockets.Tests.Support;

/// <summary>An output whose end takes as long as it is told.</summary>
internal sealed class SlowEnd : PipeWriter
{
    private readonly ArrayBufferWriter<byte> _bytes = new();
    private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public bool IsEnding { get; private set; }

    public void End() => _end.SetResult();

    public override void Advance(int bytes) => _bytes.Advance(bytes);

    public override Memory<byte> GetMemory(int sizeHint = 0) => _bytes.GetMemory(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => _bytes.GetSpan(sizeHint);

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => new(default(FlushResult));

    public override void CancelPendingFlush() => _ = _end.TrySetException(new IOException("broken off"));

    public override void Complete(Exception? exception = null)
    {
    }

    public override ValueTask CompleteAsync(Exception? exception = null)
    {
        IsEnding = true;
        return new(_end.Task);
    }
}
