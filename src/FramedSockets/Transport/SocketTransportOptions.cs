using System.Buffers;

namespace FramedSockets.Transport;

/// <summary>How sockets are set up. Immutable and safe to share.</summary>
public sealed record SocketTransportOptions
{
    /// <summary>The options with every default.</summary>
    public static SocketTransportOptions Default { get; } = new();

    /// <summary>Whether small packets leave at once (TCP_NODELAY).</summary>
    /// <value><see langword="true"/> by default: frames are gathered here, so Nagle's algorithm would only delay them.</value>
    public bool NoDelay { get; init; } = true;

    /// <summary>Whether TCP keep-alive finds peers that vanished: after 60 s of silence, 6 probes 10 s apart.</summary>
    /// <value><see langword="true"/> by default.</value>
    public bool KeepAlive { get; init; } = true;

    /// <summary>
    /// How many connections may wait to be accepted. Where more come, clients are not refused: each tries again by itself, a
    /// second later.
    /// </summary>
    /// <value>1 or more; 4,096 by default. The system may cap it.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1.</exception>
    public int Backlog
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = 4096;

    /// <summary>
    /// How large a busy connection's receive buffer becomes by itself, from 4 KiB on (over the Linux transport from 64 KiB on); an
    /// idle connection has none, or 4 KiB where many small frames came last. A frame that does not fit makes it grow further as it arrives.
    /// </summary>
    /// <value>Bytes; 4,096 to 16,777,216; 262,144 by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public int ReceiveBufferLength
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 4096);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, 16 * 1024 * 1024);
            field = value;
        }
    } = 256 * 1024;

    /// <summary>
    /// How long closing waits for the peer's end of the stream, throwing away what still arrives: closing with bytes unread
    /// would reset the connection, and the peer could lose what it was sent last.
    /// </summary>
    /// <value>Zero (do not wait) or more; <see cref="Timeout.InfiniteTimeSpan"/> waits as long as the peer likes; 1 second by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative and not infinite, or more than 2,147,483,647 ms (24 days).</exception>
    public TimeSpan LingerTimeout
    {
        get;
        init => field = CheckedTimeout.Of(value);
    } = TimeSpan.FromSeconds(1);

    /// <summary>Where buffers come from.</summary>
    /// <value>A pool of all connections by default, which gives memory back when it is idle: <see cref="ArrayPool{T}.Shared"/>, and beside it blocks of 16 KiB and more that any thread finds again.</value>
    /// <exception cref="ArgumentNullException">The value is <see langword="null"/>.</exception>
    public ArrayPool<byte> Pool
    {
        get;
        init => field = value ?? throw new ArgumentNullException(nameof(value));
    } = BlockPool.Default;

    /// <summary>The clock of <see cref="LingerTimeout"/>.</summary>
    /// <value><see cref="TimeProvider.System"/> by default.</value>
    /// <exception cref="ArgumentNullException">The value is <see langword="null"/>.</exception>
    public TimeProvider TimeProvider
    {
        get;
        init => field = value ?? throw new ArgumentNullException(nameof(value));
    } = TimeProvider.System;
}
