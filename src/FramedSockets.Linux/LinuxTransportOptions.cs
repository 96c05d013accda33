using FramedSockets.Transport;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace FramedSockets.Linux;

/// <summary>How the event loops run. Immutable and safe to share.</summary>
public sealed record LinuxTransportOptions
{
    /// <summary>The options with every default.</summary>
    public static LinuxTransportOptions Default { get; } = new();

    /// <summary>How sockets are set up, as for the portable transport.</summary>
    /// <value><see cref="SocketTransportOptions.Default"/> by default.</value>
    /// <exception cref="ArgumentNullException">The value is <see langword="null"/>.</exception>
    public SocketTransportOptions Sockets
    {
        get;
        init => field = value ?? throw new ArgumentNullException(nameof(value));
    } = SocketTransportOptions.Default;

    /// <summary>Where handlers run.</summary>
    /// <value><see cref="LinuxScheduling.ThreadPool"/> by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is none of those named.</exception>
    public LinuxScheduling Scheduling
    {
        get;
        init => field = value is LinuxScheduling.ThreadPool or LinuxScheduling.Inline ? value : throw new ArgumentOutOfRangeException(nameof(value));
    }

    /// <summary>How many event loops there are, each with a thread while it has connections.</summary>
    /// <value>1 to 64; by default one for each core that the process may use, and at most 8.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public int LoopCount
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, 64);
            field = value;
        }
    } = Math.Min(Environment.ProcessorCount, 8);

    /// <summary>How long a loop that has nothing to do asks again before it sleeps: a shorter delay, for a core that is busy all the time.</summary>
    /// <value>Zero (sleep at once) to 1 second; zero by default. 50 microseconds are much.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public TimeSpan SpinTime
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, TimeSpan.Zero);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, TimeSpan.FromSeconds(1));
            field = value;
        }
    }

    /// <summary>
    /// With <see cref="LinuxScheduling.Inline"/>: how long a handler may hold its loop before it is counted in
    /// <see cref="LinuxTransport.LateHandlers"/> and logged, while it still runs.
    /// </summary>
    /// <value>1 millisecond to 1 hour, or <see cref="Timeout.InfiniteTimeSpan"/> (nobody watches); 1 second by default. It is noticed within twice that time.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public TimeSpan HandlerLimit
    {
        get;
        init
        {
            if (value != Timeout.InfiniteTimeSpan)
            {
                ArgumentOutOfRangeException.ThrowIfLessThan(value, TimeSpan.FromMilliseconds(1));
                ArgumentOutOfRangeException.ThrowIfGreaterThan(value, TimeSpan.FromHours(1));
            }

            field = value;
        }
    } = TimeSpan.FromSeconds(1);

    /// <summary>Where the loops log, under the category <c>FramedSockets.Linux.LinuxTransport</c>.</summary>
    /// <value>Nowhere by default. What a logger throws changes nothing.</value>
    /// <exception cref="ArgumentNullException">The value is <see langword="null"/>.</exception>
    public ILoggerFactory LoggerFactory
    {
        get;
        init => field = value ?? throw new ArgumentNullException(nameof(value));
    } = NullLoggerFactory.Instance;
}
