using System.IO.Pipelines;

namespace FramedSockets.Framing;

/// <summary>
/// A body that is a file, over an output that takes files: it sends what the peer takes without a wait. All else is left to whoever
/// copies, and so happens as with any other source: the first bytes, the wait for the peer, a file that ends or cannot be read.
/// </summary>
internal sealed class FileBody<THeader>(OutputTurn<THeader> turn, IFileOutput output, FileStream source)
{
    /// <summary>A shorter body is copied: that costs no more.</summary>
    public const int Threshold = 256 * 1024;

    /// <summary>At most so much is asked of a disk at once: an abort may have to wait for it.</summary>
    public const int PieceLength = 1024 * 1024;

    private bool _isOver;

    /// <summary>A body to be sent in this way; <see langword="null"/> where it is another stream, or the output another pipe.</summary>
    /// <remarks>
    /// Not where the stream may write: the system sends what the file has when the peer takes it, and who may write could do so as soon as
    /// the body is sent.
    /// </remarks>
    public static FileBody<THeader>? Find(OutputTurn<THeader> turn, PipeWriter output, Stream body, long length) =>
        length >= Threshold && output is IFileOutput files && body.GetType() == typeof(FileStream)
            && body is FileStream { CanSeek: true, CanWrite: false } source
            ? new(turn, files, source)
            : null;

    /// <summary>Sends from the stream's position on what is taken at once, by the holder of the turn; returns the bytes.</summary>
    /// <exception cref="FramedSocketException">The connection failed, which the turn knows.</exception>
    public async ValueTask<long> SendAsync(long length, CancellationToken cancellationToken)
    {
        var left = length;
        var isTaken = true;
        while (isTaken && left > 0 && !_isOver && !cancellationToken.IsCancellationRequested)
        {
            // The disk may have to be waited for: not on a thread that the transport calls back on.
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            var piece = (int)Math.Min(left, PieceLength);
            var sent = TrySend(piece);
            isTaken = sent == piece;
            left -= sent;
        }

        return length - left;
    }

    private int TrySend(int length)
    {
        var sent = 0;
        try
        {
            var position = source.Position;
            sent = TrySend(position, length);
            source.Position = position + sent;
        }
        catch (ObjectDisposedException)
        {
            // Who reads on, if there is more, finds the same.
            _isOver = true;
        }

        return sent;
    }

    private int TrySend(long position, int length)
    {
        var file = source.SafeFileHandle;
        var sent = 0;
        turn.ThrowIfFailed();
        try
        {
            // The output does not count as in use meanwhile: the peer is not held to its rate while a disk is waited for.
            sent = output.TrySendFile(file, position, length);
        }
        catch (Exception e)
        {
            turn.Fail(FlushLoop.Failure(e));
            turn.ThrowIfFailed();
        }

        if (sent <= 0)
        {
            _isOver = sent < 0;
            return 0;
        }

        turn.Use(sent);
        turn.EndUse();
        return sent;
    }
}
