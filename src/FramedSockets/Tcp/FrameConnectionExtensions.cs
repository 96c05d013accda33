using System.Runtime.CompilerServices;
using FramedSockets.Framing;

namespace FramedSockets.Tcp;

/// <summary>Reading one frame, where the two sides take turns.</summary>
public static class FrameConnectionExtensions
{
    /// <summary>Waits for the next frame and takes it. Ends the frame before.</summary>
    /// <typeparam name="THeader">The header's type.</typeparam>
    /// <param name="connection">The connection.</param>
    /// <param name="cancellationToken">Ends the wait; nothing is lost and reading may go on.</param>
    /// <returns>The frame; valid until the next call that reads.</returns>
    /// <exception cref="EndOfStreamException">
    /// There is no further frame: the peer has ended, or this side stops. <see cref="FrameConnection{THeader}.WaitToReadAsync"/> says it without an exception.
    /// </exception>
    /// <exception cref="FramedSocketException">The bytes were refused, or the connection ended in another way than cleanly.</exception>
    /// <exception cref="InvalidOperationException">Another call is reading.</exception>
    /// <exception cref="ObjectDisposedException">The connection was disposed.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public static ValueTask<Frame<THeader>> ReadAsync<THeader>(this FrameConnection<THeader> connection, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(connection);
        return connection.TryRead(out var frame) ? new(frame) : WaitAndReadAsync(connection, cancellationToken);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private static async ValueTask<Frame<THeader>> WaitAndReadAsync<THeader>(FrameConnection<THeader> connection, CancellationToken cancellationToken)
    {
        while (await connection.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (connection.TryRead(out var frame))
            {
                return frame;
            }
        }

        throw NoFrame.Create();
    }
}
