using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace FramedSockets.Framing;

/// <summary>
/// The part of the input that is one frame's body. It reads the connection's own pipe, so that a body of any length costs
/// one receive buffer, and completes where the body ends.
/// </summary>
internal sealed class BodyPipeReader(PipeReader input, long length) : PipeReader
{
    private readonly bool _untilEnd = length == HeaderDecodeResult.UntilEnd;
    private long _left = length == HeaderDecodeResult.UntilEnd ? long.MaxValue : length;
    private ReadOnlySequence<byte> _lent;
    private bool _isLent;
    private bool _isStale;
    private bool _isCompleted;

    public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfUnusable();
        return _left == 0 ? Empty : Bound(await ReceiveAsync(cancellationToken).ConfigureAwait(false));
    }

    public override bool TryRead(out ReadResult result)
    {
        ThrowIfUnusable();
        if (_left == 0)
        {
            result = Empty;
            return true;
        }

        if (!input.TryRead(out result))
        {
            return false;
        }

        result = Bound(result);
        return true;
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        if (_isStale)
        {
            ThrowStale();
        }

        if (_isLent)
        {
            Take(consumed, examined);
        }
    }

    public override void CancelPendingRead() => input.CancelPendingRead();

    /// <summary>Says that the rest is not wanted: the frame's reader skips it.</summary>
    public override void Complete(Exception? exception = null) => _isCompleted = true;

    /// <summary>Ends the frame: makes this reader stale and skips what was left unread.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask SkipAsync(CancellationToken cancellationToken)
    {
        _isStale = true;
        if (_isLent)
        {
            Take(_lent.Start, _lent.Start);
        }

        while (_left > 0)
        {
            var result = Bound(await ReceiveAsync(cancellationToken).ConfigureAwait(false));
            Take(_lent.End, _lent.End);
            if (result.IsCanceled)
            {
                throw new OperationCanceledException("The read was cancelled while the rest of a body was skipped.");
            }
        }
    }

    private static ReadResult Empty => new(default, isCanceled: false, isCompleted: true);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ReadResult> ReceiveAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await input.ReadAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (FramedSocketException e)
        {
            throw Truncation.Of(e, _untilEnd ? long.MaxValue - _left : length - _left);
        }
    }

    private ReadResult Bound(in ReadResult result)
    {
        var buffer = result.Buffer.Length > _left ? result.Buffer.Slice(0, _left) : result.Buffer;
        _lent = buffer;
        _isLent = true;
        var isWhole = buffer.Length == _left;
        if (!result.IsCompleted || isWhole)
        {
            return new(buffer, result.IsCanceled, isWhole);
        }

        if (!_untilEnd)
        {
            var missing = _left - buffer.Length;
            Take(buffer.End, buffer.End);
            throw new FramedSocketException(
                FramedSocketError.TruncatedFrame, $"The stream ended inside a body: {missing} of {length} bytes are missing.");
        }

        _left = buffer.Length;
        return new(buffer, result.IsCanceled, isCompleted: true);
    }

    private void Take(SequencePosition consumed, SequencePosition examined)
    {
        _left -= _lent.Slice(0, consumed).Length;
        _isLent = false;
        _lent = default;
        input.AdvanceTo(consumed, examined);
    }

    private void ThrowIfUnusable()
    {
        if (_isStale)
        {
            ThrowStale();
        }

        if (_isCompleted)
        {
            throw new InvalidOperationException("Reading is not allowed after the reader was completed.");
        }
    }

    private static void ThrowStale() => throw new InvalidOperationException(
        "This body is no longer valid: its frame ended when its handler returned or at the next read.");
}
