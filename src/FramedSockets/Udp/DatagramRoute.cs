using System.Net.Sockets;

namespace FramedSockets.Udp;

/// <summary>Where an endpoint's datagrams may go, and how long they may be on the way there. Immutable.</summary>
internal sealed class DatagramRoute(AddressFamily family, bool isDualMode, DatagramPeer? connectedTo, int maxDatagramLength)
{
    /// <summary>The longest payload that UDP over IPv4 can carry.</summary>
    private const int LongestIPv4 = 65_507;

    private readonly DatagramPeer _only = connectedTo.GetValueOrDefault();

    public AddressFamily Family => family;

    public bool IsConnected { get; } = connectedTo is not null;

    /// <summary>The peer of a connected endpoint.</summary>
    /// <exception cref="InvalidOperationException">The endpoint is not connected.</exception>
    public ref readonly DatagramPeer Only
    {
        get
        {
            if (!IsConnected)
            {
                throw new InvalidOperationException("The endpoint is bound and not connected: say which peer to send to.");
            }

            return ref _only;
        }
    }

    /// <summary>Checks that the endpoint can send to a peer.</summary>
    /// <exception cref="InvalidOperationException">The endpoint is connected to another peer.</exception>
    /// <exception cref="ArgumentException">The peer's address is of a family that the socket cannot reach, or has no port.</exception>
    public void Check(in DatagramPeer peer)
    {
        if (IsConnected ? peer != _only : !CanReach(peer))
        {
            throw Refuse(peer);
        }
    }

    /// <summary>The longest datagram that can go to a peer.</summary>
    public int GetMost(in DatagramPeer peer) =>
        peer.AddressFamily == AddressFamily.InterNetwork ? Math.Min(maxDatagramLength, LongestIPv4) : maxDatagramLength;

    private bool CanReach(in DatagramPeer peer) => IsOfFamily(peer) && (peer.Port != 0 || family == AddressFamily.Unix);

    private bool IsOfFamily(in DatagramPeer peer) => peer.AddressFamily == family
        || (peer.AddressFamily == AddressFamily.InterNetwork && isDualMode);

    private Exception Refuse(in DatagramPeer peer) =>
        IsConnected ? new InvalidOperationException($"The endpoint is connected to {_only}, so it sends to no other peer.")
        : IsOfFamily(peer) ? new ArgumentException("A datagram cannot be sent to port 0.", nameof(peer))
        : new ArgumentException($"A socket of the family {family} cannot send to an address of the family {peer.AddressFamily}.", nameof(peer));
}
