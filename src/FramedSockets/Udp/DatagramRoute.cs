using System.Net.Sockets;

namespace FramedSockets.Udp;

/// <summary>Where an endpoint's datagrams may go, and how long they may be on the way there. Immutable.</summary>
internal sealed class DatagramRoute(AddressFamily family, DatagramPeer? connectedTo, int maxDatagramLength)
{
    /// <summary>The longest payload that UDP over IPv4 can carry.</summary>
    private const int LongestIPv4 = 65_507;

    public AddressFamily Family => family;

    public bool IsConnected => connectedTo is not null;

    /// <summary>Checks that the endpoint can send to a peer or, given none, that it is connected.</summary>
    /// <exception cref="InvalidOperationException">The endpoint is connected to another peer, or no peer was said.</exception>
    /// <exception cref="ArgumentException">The peer's address is of a family that the socket cannot reach, or has no port.</exception>
    public DatagramPeer Resolve(in DatagramPeer? peer)
    {
        if (connectedTo is { } only)
        {
            return peer is not { } other || other == only ? only : throw new InvalidOperationException(
                $"The endpoint is connected to {only}, so it sends to no other peer.");
        }

        if (peer is not { } target)
        {
            throw new InvalidOperationException("The endpoint is bound and not connected: say which peer to send to.");
        }

        var isReachable = target.AddressFamily == family
            || (target.AddressFamily == AddressFamily.InterNetwork && family == AddressFamily.InterNetworkV6);
        if (!isReachable)
        {
            throw new ArgumentException(
                $"A socket of the family {family} cannot send to an address of the family {target.AddressFamily}.", nameof(peer));
        }

        return target.Port != 0 || family == AddressFamily.Unix ? target : throw new ArgumentException(
            "A datagram cannot be sent to port 0.", nameof(peer));
    }

    /// <summary>The longest datagram that can go to a peer.</summary>
    public int GetMost(in DatagramPeer target) =>
        target.AddressFamily == AddressFamily.InterNetwork ? Math.Min(maxDatagramLength, LongestIPv4) : maxDatagramLength;
}
