using System.Buffers;
using System.IO.Pipelines;

namespace FramedSockets;

/// <summary>Shows a body that is already in memory as a <see cref="PipeReader"/>, for as long as its frame is valid.</summary>
internal sealed class LentBodyReader(FrameLease lease, long version) : PipeReader
{
    private long _consumed;
    private bool _completed;
    private bool _cancelled;

    /// <summary>The time of the frame whose body it is.</summary>
    public long Version => version;

    private ReadOnlySequence<byte> Rest
    {
        get
        {
            var body = lease.GetBody(version);
            return _completed
                ? throw new InvalidOperationException("Reading is not allowed after the reader was completed.")
                : body.Slice(_consumed);
        }
    }

    public override bool TryRead(out ReadResult result)
    {
        result = new(Rest, _cancelled, isCompleted: true);
        _cancelled = false;
        return true;
    }

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _ = TryRead(out var result);
        return new(result);
    }

    public override void AdvanceTo(SequencePosition consumed) => _consumed += Rest.Slice(0, consumed).Length;

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => AdvanceTo(consumed);

    public override void CancelPendingRead() => _cancelled = true;

    public override void Complete(Exception? exception = null) => _completed = true;
}
