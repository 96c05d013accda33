using System.Buffers;

namespace FramedSockets.Tcp;

/// <summary>How one connection behaves. Immutable and safe to share.</summary>
public sealed record FrameConnectionOptions
{
    /// <summary>The options with every default.</summary>
    public static FrameConnectionOptions Default { get; } = new();

    /// <summary>What the peer may ask for, and what may be sent.</summary>
    /// <value><see cref="FrameLimits.Default"/> by default.</value>
    /// <exception cref="ArgumentNullException">The value is <see langword="null"/>.</exception>
    public FrameLimits Limits
    {
        get;
        init => field = value ?? throw new ArgumentNullException(nameof(value));
    } = FrameLimits.Default;

    /// <summary>How many bytes may wait to be sent before senders wait; they resume at half.</summary>
    /// <value>
    /// Bytes; 1 or more; 65,536 by default. A frame that finds room is queued whole. What a handler answers to frames that one read
    /// gave leaves together: from 65,536 on, it is gathered up to the length of that read, where it is more, and up to 262,144 bytes. <c>Write</c>, which cannot wait,
    /// may queue as much beside what others have filled the queue with.
    /// </value>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1.</exception>
    public int MaxQueuedLength
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = 64 * 1024;

    /// <summary>How long disposing waits for the peer to take what is queued, and the end of the stream, before it aborts.</summary>
    /// <value>Zero or more, or <see cref="Timeout.InfiniteTimeSpan"/>; 5 seconds by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative and not infinite, or more than 2,147,483,647 ms (24 days).</exception>
    public TimeSpan CloseTimeout
    {
        get;
        init => field = CheckedTimeout.Of(value);
    } = TimeSpan.FromSeconds(5);

    /// <summary>Where queued bytes and copies of frames are kept.</summary>
    /// <value><see cref="ArrayPool{T}.Shared"/> by default.</value>
    /// <exception cref="ArgumentNullException">The value is <see langword="null"/>.</exception>
    public ArrayPool<byte> Pool
    {
        get;
        init => field = value ?? throw new ArgumentNullException(nameof(value));
    } = ArrayPool<byte>.Shared;

    /// <summary>The clock.</summary>
    /// <value><see cref="TimeProvider.System"/> by default.</value>
    /// <exception cref="ArgumentNullException">The value is <see langword="null"/>.</exception>
    public TimeProvider TimeProvider
    {
        get;
        init => field = value ?? throw new ArgumentNullException(nameof(value));
    } = TimeProvider.System;
}
