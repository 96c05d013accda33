using System.IO.Pipelines;

namespace FramedSockets.Tests.Support;

/// <summary>Counts the reads of a pipe, and can fail the next one.</summary>
internal sealed class CountingReader(PipeReader inner) : PipeReader
{
    public int Reads { get; private set; }

    public Exception? Failure { get; set; }

    public override void AdvanceTo(SequencePosition consumed) => inner.AdvanceTo(consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => inner.AdvanceTo(consumed, examined);

    public override void CancelPendingRead() => inner.CancelPendingRead();

    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        Reads++;
        return Failure is null ? inner.ReadAsync(cancellationToken) : ValueTask.FromException<ReadResult>(Failure);
    }

    public override bool TryRead(out ReadResult result) => inner.TryRead(out result);

    protected override ValueTask<ReadResult> ReadAtLeastAsyncCore(int minimumSize, CancellationToken cancellationToken)
    {
        Reads++;
        return Failure is null ? inner.ReadAtLeastAsync(minimumSize, cancellationToken) : ValueTask.FromException<ReadResult>(Failure);
    }
}
