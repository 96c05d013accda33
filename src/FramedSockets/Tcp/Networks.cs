using System.Net;

namespace FramedSockets.Tcp;

/// <summary>Whether a peer belongs to networks. IPv4 addresses are themselves, however a dual-mode socket shows them or a network is written.</summary>
internal static class Networks
{
    public static bool Contain(this IReadOnlyList<IPNetwork> networks, EndPoint? peer)
    {
        if (networks.Count == 0 || ToAddress(peer) is not { } address)
        {
            return false;
        }

        foreach (var network in networks)
        {
            // No network contains an address of the other family, also not the mapped form that a log shows.
            if (network.Contains(address) || (network.BaseAddress.IsIPv4MappedToIPv6 && network.Contains(address.MapToIPv6())))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The peer's address, if it has one.</summary>
    public static IPAddress? ToAddress(EndPoint? peer) => peer is not IPEndPoint { Address: var address } ? null
        : address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}
