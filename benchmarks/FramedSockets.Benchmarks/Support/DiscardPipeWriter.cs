using System.IO.Pipelines;

namespace FramedSockets.Benchmarks.Support;

/// <summary>
/// Takes bytes into one buffer and forgets them at each flush. It is no larger than what a writer lets gather, so that who flushes less often
/// writes to memory that is as near.
/// </summary>
internal sealed class DiscardPipeWriter : PipeWriter
{
    private readonly byte[] _buffer = new byte[96 * 1024];
    private int _used;

    public override bool CanGetUnflushedBytes => true;

    public override long UnflushedBytes => _used;

    public override void Advance(int bytes) => _used += bytes;

    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _buffer.AsMemory(_used);
    }

    public override Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _buffer.AsSpan(_used);
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        _used = 0;
        return default;
    }

    public override void CancelPendingFlush()
    {
    }

    public override void Complete(Exception? exception = null)
    {
    }

    private void Reserve(int sizeHint)
    {
        if (_buffer.Length - _used < Math.Max(sizeHint, 1))
        {
            _used = 0;
        }
    }
}
