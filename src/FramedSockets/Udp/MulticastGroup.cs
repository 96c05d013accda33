using System.Net;

namespace FramedSockets.Udp;

/// <summary>A multicast group to join, from any source or from one. Immutable.</summary>
public sealed record MulticastGroup
{
    /// <summary>Creates a group.</summary>
    /// <param name="address">A multicast address of the endpoint's family.</param>
    public MulticastGroup(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        Address = address;
    }

    /// <summary>The group's address.</summary>
    public IPAddress Address { get; }

    /// <summary>The only sender whose datagrams are wanted (source-specific multicast).</summary>
    /// <value>An address of the same family, or <see langword="null"/> for any sender; <see langword="null"/> by default.</value>
    /// <exception cref="ArgumentException">The value is of another family than the group.</exception>
    public IPAddress? Source
    {
        get;
        init => field = value is null || value.AddressFamily == Address.AddressFamily
            ? value
            : throw new ArgumentException("The source and the group are addresses of one family.", nameof(value));
    }

    /// <summary>The interface to join on, by its index.</summary>
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
}
