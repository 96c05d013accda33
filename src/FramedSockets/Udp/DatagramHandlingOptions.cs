using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace FramedSockets.Udp;

/// <summary>How <see cref="UdpDatagramEndpoint{THeader}.RunAsync"/> calls its handler. Immutable and safe to share.</summary>
public sealed record DatagramHandlingOptions
{
    /// <summary>The options with every default.</summary>
    public static DatagramHandlingOptions Default { get; } = new();

    /// <summary>How many datagrams may be in handlers at the same time.</summary>
    /// <value>1 (one after the other, in the order of arrival) to 1,024; 1 by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public int Receivers
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, 1024);
            field = value;
        }
    } = 1;

    /// <summary>How many datagrams may wait for a handler.</summary>
    /// <value>1 to 1,048,576; 1,024 by default. One receiver that waits needs no queue: the system's receive buffer is one.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public int QueueLength
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, 1024 * 1024);
            field = value;
        }
    } = 1024;

    /// <summary>What happens to a datagram that finds the queue full.</summary>
    /// <value><see cref="DatagramQueueFull.Wait"/> by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is none of those named.</exception>
    public DatagramQueueFull WhenFull
    {
        get;
        init => field = Enum.IsDefined(value) ? value : throw new ArgumentOutOfRangeException(nameof(value));
    }

    /// <summary>Where handlers, receives and codecs that fail are logged, under the category <c>FramedSockets.Udp.UdpDatagramEndpoint</c>.</summary>
    /// <value>Nowhere by default. What a logger throws changes nothing.</value>
    /// <exception cref="ArgumentNullException">The value is <see langword="null"/>.</exception>
    public ILoggerFactory LoggerFactory
    {
        get;
        init => field = value ?? throw new ArgumentNullException(nameof(value));
    } = NullLoggerFactory.Instance;

    /// <summary>The clock that paces receives after one that failed, and what is logged once a minute.</summary>
    /// <value><see cref="TimeProvider.System"/> by default.</value>
    /// <exception cref="ArgumentNullException">The value is <see langword="null"/>.</exception>
    public TimeProvider TimeProvider
    {
        get;
        init => field = value ?? throw new ArgumentNullException(nameof(value));
    } = TimeProvider.System;
}
