namespace FramedSockets.Udp;

/// <summary>How an endpoint's socket is set up. Immutable and safe to share.</summary>
public sealed record UdpSocketOptions
{
    /// <summary>The options with every default.</summary>
    public static UdpSocketOptions Default { get; } = new();

    /// <summary>The system's buffer for datagrams that wait to be received: what does not fit is dropped.</summary>
    /// <value>Bytes, bookkeeping of the system included; 0 (the system's default) or more; 0 by default. The system may cap it.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int ReceiveBufferLength
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            field = value;
        }
    }

    /// <summary>The system's buffer for datagrams that wait to be sent: while it is full, senders wait.</summary>
    /// <value>Bytes, bookkeeping of the system included; 0 (the system's default) or more; 0 by default. The system may cap it.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int SendBufferLength
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            field = value;
        }
    }

    /// <summary>Whether other sockets that ask for the same may bind the same address and port, as receivers of one multicast group do.</summary>
    /// <value><see langword="false"/> by default.</value>
    public bool ReuseAddress { get; init; }

    /// <summary>Whether an endpoint that is bound to an IPv6 address, <c>::</c> above all, also takes IPv4.</summary>
    /// <value><see langword="true"/> by default.</value>
    public bool DualMode { get; init; } = true;

    /// <summary>Whether datagrams may be sent to broadcast addresses.</summary>
    /// <value><see langword="false"/> by default.</value>
    public bool Broadcast { get; init; }

    /// <summary>Whether a datagram that is too long for the path is refused, rather than sent in fragments.</summary>
    /// <value><see langword="false"/> by default: the system decides.</value>
    public bool DontFragment { get; init; }

    /// <summary>How many routers a datagram to a single host may pass.</summary>
    /// <value>1 to 255, or 0 for the system's default; 0 by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public int TimeToLive
    {
        get;
        init => field = CheckedTimeToLive(value);
    }

    /// <summary>How multicast datagrams are sent.</summary>
    /// <value><see cref="MulticastOptions.Default"/> by default.</value>
    /// <exception cref="ArgumentNullException">The value is <see langword="null"/>.</exception>
    public MulticastOptions Multicast
    {
        get;
        init => field = value ?? throw new ArgumentNullException(nameof(value));
    } = MulticastOptions.Default;

    internal static int CheckedTimeToLive(int value)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(value);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, 255);
        return value;
    }
}
