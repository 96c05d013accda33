using System.IO.Pipelines;
using System.Net.Security;
using System.Runtime.CompilerServices;

namespace FramedSockets.Transport;

/// <summary>What TLS decrypts, as a pipe. It waits for bytes without a buffer for them.</summary>
internal sealed class TlsPipeReader(SslStream tls, PipeStream cipher, PipeReader inner, TlsTurn turn, CountedBlocks blocks)
    : PipeReader, ITruncatedStream
{
    /// <summary>As many bytes as are decrypted at a time: a whole record.</summary>
    public const int BlockLength = 16 * 1024;

    private readonly PipeReader _plain = Create(tls, new StreamPipeReaderOptions(blocks, BlockLength, leaveOpen: true, useZeroByteReads: true));

    private int _cancelled;
    private SequencePosition _end;
    private bool _isExamined;

    public bool IsTruncated => cipher.HasEnded;

    public bool IsInPart => cipher.IsInRecord;

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        _isExamined = examined.Equals(_end);
        _plain.AdvanceTo(consumed, examined);
    }

    public override void CancelPendingRead()
    {
        Volatile.Write(ref _cancelled, 1);
        _plain.CancelPendingRead();
    }

    public override bool TryRead(out ReadResult result)
    {
        while (_plain.TryRead(out result))
        {
            if (!IsStale(result))
            {
                return true;
            }
        }

        return false;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        await turn.EnterAsync().ConfigureAwait(false);
        try
        {
            ReadResult result;
            do
            {
                result = await _plain.ReadAsync(cancellationToken).ConfigureAwait(false);
            }
            while (IsStale(result));

            return result;
        }
        catch (Exception e) when (e is not (OperationCanceledException or InvalidOperationException))
        {
            throw TlsFailure.OfStream(e, cipher.HasEnded);
        }
        finally
        {
            turn.Leave();
        }
    }

    public override void Complete(Exception? exception = null)
    {
        _plain.Complete(exception);
        inner.Complete(exception);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    protected override async ValueTask<ReadResult> ReadAtLeastAsyncCore(int minimumSize, CancellationToken cancellationToken)
    {
        await turn.EnterAsync().ConfigureAwait(false);
        try
        {
            ReadResult result;
            do
            {
                result = await _plain.ReadAtLeastAsync(minimumSize, cancellationToken).ConfigureAwait(false);
            }
            while (IsStale(result));

            return result;
        }
        catch (Exception e) when (e is not (OperationCanceledException or InvalidOperationException))
        {
            throw TlsFailure.OfStream(e, cipher.HasEnded);
        }
        finally
        {
            turn.Leave();
        }
    }

    /// <summary>
    /// Whether a result is of a cancellation that nobody asked for here: a token that fires as its read succeeds cancels the next
    /// one, which may have no token. Gives such a result back.
    /// </summary>
    private bool IsStale(in ReadResult result)
    {
        if (!result.IsCanceled || Interlocked.Exchange(ref _cancelled, 0) != 0)
        {
            _end = result.Buffer.End;
            return false;
        }

        // What was looked at stays so: otherwise the next read would give the same bytes at once.
        _plain.AdvanceTo(result.Buffer.Start, _isExamined ? result.Buffer.End : result.Buffer.Start);
        return true;
    }
}
