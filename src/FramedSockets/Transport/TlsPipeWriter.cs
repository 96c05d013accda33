using System.IO.Pipelines;
using System.Net.Security;
using System.Runtime.CompilerServices;

namespace FramedSockets.Transport;

/// <summary>What TLS is to encrypt, as a pipe. Its end is announced to the peer before the stream ends.</summary>
internal sealed class TlsPipeWriter(SslStream tls, PipeStream cipher, PipeWriter inner, TlsTurn turn) : PipeWriter
{
    private readonly PipeWriter _plain = Create(tls, new StreamPipeWriterOptions(leaveOpen: true));
    private bool _completed;

    public override bool CanGetUnflushedBytes => true;

    public override long UnflushedBytes => _plain.UnflushedBytes;

    public override void Advance(int bytes) => _plain.Advance(bytes);

    public override Memory<byte> GetMemory(int sizeHint = 0) => _plain.GetMemory(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => _plain.GetSpan(sizeHint);

    /// <summary>Does nothing: what was encrypted cannot be taken back. Aborting the connection ends a pending flush.</summary>
    public override void CancelPendingFlush()
    {
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => WriteAsync(default, cancellationToken);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
    {
        // A cancelled write would leave half a record behind: the token is looked at before it only.
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            return source.IsEmpty
                ? await _plain.FlushAsync(CancellationToken.None).ConfigureAwait(false)
                : await _plain.WriteAsync(source, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not InvalidOperationException)
        {
            throw TlsFailure.OfStream(e, hasEnded: false);
        }
    }

    /// <summary>Ends the stream without a word to the peer: only <see cref="CompleteAsync"/> can wait for one.</summary>
    public override void Complete(Exception? exception = null)
    {
        if (!_completed)
        {
            _completed = true;
            _plain.Complete(exception ?? new IOException("The output was ended at once."));
            inner.Complete(exception);
        }
    }

    public override async ValueTask CompleteAsync(Exception? exception = null)
    {
        if (exception is null && !_completed)
        {
            try
            {
                _ = await FlushAsync().ConfigureAwait(false);
                await ShutdownAsync().ConfigureAwait(false);
                await cipher.FlushAsync(CancellationToken.None).ConfigureAwait(false);
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                // The peer is gone: there is nobody to announce an end to. What says so has many types, some internal to the system's TLS.
                exception = e;
            }
        }

        Complete(exception);
    }

    /// <summary>Queues the word that ends TLS.</summary>
    private async ValueTask ShutdownAsync()
    {
        await turn.EnterAsync().ConfigureAwait(false);
        try
        {
            await tls.ShutdownAsync().ConfigureAwait(false);
        }
        finally
        {
            turn.Leave();
        }
    }
}
