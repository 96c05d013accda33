using System.Buffers;
using System.IO.Pipelines;

namespace FramedSockets.Benchmarks.Support;

/// <summary>Gives the same bytes at every read, and after so many reads the end: what is measured is what stands above it.</summary>
internal sealed class ReplayPipeReader(ReadOnlySequence<byte> bytes, int reads = int.MaxValue) : PipeReader
{
    private int _left = reads;

    public override bool TryRead(out ReadResult result)
    {
        result = _left == 0 ? new(default, isCanceled: false, isCompleted: true) : new(bytes, isCanceled: false, isCompleted: false);
        _left = Math.Max(0, _left - 1);
        return true;
    }

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        _ = TryRead(out var result);
        return new(result);
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        if (_left > 0 && bytes.Slice(consumed).Length > 0)
        {
            throw new InvalidOperationException("Every read gives whole frames, so every frame is consumed.");
        }
    }

    public override void CancelPendingRead()
    {
    }

    public override void Complete(Exception? exception = null)
    {
    }
}
