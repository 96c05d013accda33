using System.Buffers;
using System.IO.Pipelines;

namespace FramedSockets.Testing;

/// <summary>How connections in memory behave. Immutable and safe to share.</summary>
public sealed record MemoryConnectionOptions
{
    /// <summary>The options with every default.</summary>
    public static MemoryConnectionOptions Default { get; } = new();

    /// <summary>How many bytes may be on their way in one direction, unread, before a flush waits: the system's buffers, so to speak.</summary>
    /// <value>Bytes; 1 or more; 65,536 by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1.</exception>
    public int Capacity
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = 64 * 1024;

    /// <summary>What the network does to what is sent.</summary>
    /// <value><see langword="null"/>, the default, for nothing: what one flush sends arrives at once, and in one piece if there is room for it in <see cref="Capacity"/>.</value>
    public DeliveryScript? Script { get; init; }

    /// <summary>Where a reader that waited goes on.</summary>
    /// <value>
    /// <see cref="PipeScheduler.ThreadPool"/> by default. With <see cref="PipeScheduler.Inline"/> each step runs right where it is
    /// caused, on the sender's thread, so that a test of a few steps runs the same way each time.
    /// </value>
    /// <exception cref="ArgumentNullException">The value is <see langword="null"/>.</exception>
    public PipeScheduler Scheduler
    {
        get;
        init => field = value ?? throw new ArgumentNullException(nameof(value));
    } = PipeScheduler.ThreadPool;

    /// <summary>Where buffers come from.</summary>
    /// <value><see cref="ArrayPool{T}.Shared"/> by default; a <see cref="PoisoningPool"/> finds what is used too late.</value>
    /// <exception cref="ArgumentNullException">The value is <see langword="null"/>.</exception>
    public ArrayPool<byte> Pool
    {
        get;
        init => field = value ?? throw new ArgumentNullException(nameof(value));
    } = ArrayPool<byte>.Shared;

    /// <summary>The clock of delays.</summary>
    /// <value><see cref="TimeProvider.System"/> by default; a <see cref="ManualTimeProvider"/> delays until a test moves it.</value>
    /// <exception cref="ArgumentNullException">The value is <see langword="null"/>.</exception>
    public TimeProvider TimeProvider
    {
        get;
        init => field = value ?? throw new ArgumentNullException(nameof(value));
    } = TimeProvider.System;
}
