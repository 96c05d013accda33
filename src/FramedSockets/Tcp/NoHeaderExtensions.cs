using System.Buffers;
using FramedSockets.Framing;

namespace FramedSockets.Tcp;

/// <summary>Sending where a frame is just its body.</summary>
public static class NoHeaderExtensions
{
    /// <summary>Sends a frame, as <see cref="FrameWriter{THeader}.SendAsync(in THeader, ReadOnlyMemory{byte}, CancellationToken)"/>.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="body">The body; it must not change until the task ends.</param>
    /// <param name="cancellationToken">Ends the wait for room.</param>
    /// <returns>A task that ends when the frame is queued whole, or, of 32 KiB or more, sent.</returns>
    /// <exception cref="InvalidOperationException">Sending was completed, by this side's end of the output or of the connection.</exception>
    /// <exception cref="FramedSocketException">The frame was refused, or the connection ended.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled; nothing was sent.</exception>
    public static ValueTask SendAsync(
        this FrameConnection<NoHeader> connection, ReadOnlyMemory<byte> body, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(connection);
        return connection.SendAsync(default, body, cancellationToken);
    }

    /// <summary>Sends a frame, as <see cref="FrameWriter{THeader}.SendAsync(in THeader, in ReadOnlySequence{byte}, CancellationToken)"/>.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="body">The body; it must not change until the task ends.</param>
    /// <param name="cancellationToken">Ends the wait for room.</param>
    /// <returns>A task that ends when the frame is queued whole, or, of 32 KiB or more, sent.</returns>
    /// <exception cref="InvalidOperationException">Sending was completed, by this side's end of the output or of the connection.</exception>
    /// <exception cref="FramedSocketException">The frame was refused, or the connection ended.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled; nothing was sent.</exception>
    public static ValueTask SendAsync(
        this FrameConnection<NoHeader> connection, in ReadOnlySequence<byte> body, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(connection);
        return connection.SendAsync(default, body, cancellationToken);
    }

    /// <summary>Sends a frame whose body is read from a stream while it is sent, as <see cref="FrameWriter{THeader}.SendAsync(in THeader, Stream, long, CancellationToken)"/>.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="body">The source. It is read from its position on, and not disposed.</param>
    /// <param name="bodyLength">Its bytes; or <see cref="HeaderDecodeResult.UntilEnd"/> where the framing has no length, and the output is completed afterwards.</param>
    /// <param name="cancellationToken">Before the first byte is queued: frees the caller. After it: ends the connection.</param>
    /// <inheritdoc cref="FrameWriter{THeader}.SendAsync(in THeader, Stream, long, CancellationToken)"/>
    public static ValueTask SendAsync(
        this FrameConnection<NoHeader> connection, Stream body, long bodyLength, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(connection);
        return connection.SendAsync(default, body, bodyLength, cancellationToken);
    }

    /// <summary>Queues a frame, as <see cref="FrameWriter{THeader}.Write(in THeader, ReadOnlySpan{byte})"/>.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="body">The body; it is copied.</param>
    /// <exception cref="InvalidOperationException">What was written fills the queue and the peer does not read, or sending was completed.</exception>
    /// <exception cref="FramedSocketException">The frame was refused, or the connection ended.</exception>
    public static void Write(this FrameConnection<NoHeader> connection, ReadOnlySpan<byte> body)
    {
        ArgumentNullException.ThrowIfNull(connection);
        connection.Write(default, body);
    }

    /// <summary>Sends a frame unless the queue is full or others wait to send, as <see cref="FrameWriter{THeader}.TrySend(in THeader, ReadOnlySpan{byte})"/>.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="body">The body; it is copied.</param>
    /// <returns><see langword="false"/> when the queue is full, or others wait to send; nothing was sent then.</returns>
    /// <exception cref="InvalidOperationException">Sending was completed, by this side's end of the output or of the connection.</exception>
    /// <exception cref="FramedSocketException">The frame was refused, or the connection ended.</exception>
    public static bool TrySend(this FrameConnection<NoHeader> connection, ReadOnlySpan<byte> body)
    {
        ArgumentNullException.ThrowIfNull(connection);
        return connection.TrySend(default, body);
    }
}
