using FramedSockets.Transport;

namespace FramedSockets.Tcp;

/// <summary>How a client connects. Immutable and safe to share.</summary>
public sealed record TcpFrameClientOptions
{
    /// <summary>The options with every default.</summary>
    public static TcpFrameClientOptions Default { get; } = new();

    /// <summary>How each connection behaves, and the clock.</summary>
    /// <value><see cref="FrameConnectionOptions.Default"/> by default.</value>
    /// <exception cref="ArgumentNullException">The value is <see langword="null"/>.</exception>
    public FrameConnectionOptions Connection
    {
        get;
        init => field = value ?? throw new ArgumentNullException(nameof(value));
    } = FrameConnectionOptions.Default;

    /// <summary>What the bytes travel on.</summary>
    /// <value><see cref="SocketTransport.Default"/> by default.</value>
    /// <exception cref="ArgumentNullException">The value is <see langword="null"/>.</exception>
    public IFrameTransport Transport
    {
        get;
        init => field = value ?? throw new ArgumentNullException(nameof(value));
    } = SocketTransport.Default;

    /// <summary>How long connecting may take, the look-up of a name included.</summary>
    /// <value>Zero or more, or <see cref="Timeout.InfiniteTimeSpan"/>; 15 seconds by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative and not infinite.</exception>
    public TimeSpan ConnectTimeout
    {
        get;
        init => field = CheckedTimeout.Of(value);
    } = TimeSpan.FromSeconds(15);
}
