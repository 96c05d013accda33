namespace FramedSockets.Udp;

/// <summary>How multicast datagrams are sent. Immutable and safe to share. Receiving needs <see cref="UdpDatagramEndpoint{THeader}.Join"/>.</summary>
public sealed record MulticastOptions
{
    /// <summary>The options with every default.</summary>
    public static MulticastOptions Default { get; } = new();

    /// <summary>The interface to send on, by its index (<c>IPv4InterfaceProperties.Index</c>, <c>if_nametoindex</c>).</summary>
    /// <value>1 or more, or 0 to let the system choose; 0 by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int InterfaceIndex
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            field = value;
        }
    }

    /// <summary>How many routers a multicast datagram may pass.</summary>
    /// <value>1 (stay on the local network) to 255, or 0 for the system's default, which is 1; 0 by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public int TimeToLive
    {
        get;
        init => field = UdpSocketOptions.CheckedTimeToLive(value);
    }

    /// <summary>Whether members on this machine also receive what is sent.</summary>
    /// <value><see langword="true"/> by default.</value>
    public bool Loopback { get; init; } = true;
}
