using System.Runtime.CompilerServices;

namespace FramedSockets.Framing;

/// <summary>
/// What the body of a streamed frame is read from, a piece at a time. Waiting for it ends when the output has failed: nobody takes
/// the body any more. One caller at a time.
/// </summary>
/// <param name="turn">The output.</param>
/// <param name="stream">The source.</param>
/// <param name="length">The body's length, or <see cref="HeaderDecodeResult.UntilEnd"/>.</param>
/// <param name="cancellationToken">Ends the wait for the source as well.</param>
internal sealed class BodySource<THeader>(OutputTurn<THeader> turn, Stream stream, long length, CancellationToken cancellationToken) : IDisposable
{
    private readonly CancellationTokenSource _ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, turn.Failed);

    public Stream Stream => stream;

    public long Length => length;

    /// <summary>Whether the body lasts until the source ends.</summary>
    public bool IsEndless => length == HeaderDecodeResult.UntilEnd;

    /// <summary>The bytes that are still to be read.</summary>
    public long Left { get; private set; } = length == HeaderDecodeResult.UntilEnd ? long.MaxValue : length;

    /// <summary>The bytes of an endless body so far.</summary>
    public long SoFar => long.MaxValue - Left;

    /// <summary>Reads the first piece, before anything of the frame is written: what fails here costs nothing.</summary>
    public async ValueTask<int> ReadFirstAsync(Memory<byte> chunk)
    {
        var count = await ReadAsync(chunk).ConfigureAwait(false);
        return count > 0 || length <= 0
            ? count
            : throw new EndOfStreamException($"The body's source is empty; {length} bytes were declared.");
    }

    /// <summary>Reads a piece of a frame that has begun, which cannot go on without it.</summary>
    public async ValueTask<int> ReadNextAsync(Memory<byte> chunk)
    {
        try
        {
            var count = await ReadAsync(chunk).ConfigureAwait(false);
            return count > 0 || IsEndless
                ? count
                : throw new EndOfStreamException($"The body's source ended with {Left} of {length} bytes missing.");
        }
        catch (Exception e)
        {
            Fail(e);
            throw;
        }
    }

    /// <summary>Says that bytes were sent without being read here.</summary>
    public void Skip(long count) => Left -= count;

    /// <summary>Part of the frame is out: padding it would be a lie, so the connection ends, unless it has.</summary>
    public void Fail(Exception e) =>
        turn.Fail(new(FramedSocketError.ConnectionAborted, "The source of a body failed in mid-frame, so the connection was ended.", e));

    public void Dispose() => _ended.Dispose();

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> ReadAsync(Memory<byte> chunk)
    {
        if (Left == 0)
        {
            return 0;
        }

        try
        {
            var count = await stream.ReadAsync(chunk[..(int)Math.Min(Left, chunk.Length)], _ended.Token).ConfigureAwait(false);
            Left -= count;
            return count;
        }
        catch (OperationCanceledException) when (turn.HasFailed)
        {
            turn.ThrowIfFailed();
            throw;
        }
        catch (OperationCanceledException e) when (cancellationToken.IsCancellationRequested)
        {
            // By the caller's own token, not by the one that was made of it.
            throw new OperationCanceledException(e.Message, e, cancellationToken);
        }
    }
}
