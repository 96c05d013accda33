using System.Net;
using System.Net.Sockets;

namespace FramedSockets.Tcp;

/// <summary>Counts who is inside: in all and by address. Thread-safe; whoever was let in leaves once.</summary>
internal sealed class ConnectionGate
{
    private readonly Dictionary<IPAddress, int> _addresses = [];
    private readonly int _mostOfAddress;
    private int _count;

    public ConnectionGate(ServerAdmission admission)
    {
        Most = Math.Min(admission.MaxConnections, DescriptorLimit.MostConnections);
        _mostOfAddress = admission.MaxConnectionsPerAddress;
    }

    /// <summary>How many may be inside.</summary>
    public int Most { get; }

    /// <summary>How many are.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Lets one more in, if there is room.</summary>
    public bool TryEnter()
    {
        if (Interlocked.Increment(ref _count) <= Most)
        {
            return true;
        }

        Leave();
        return false;
    }

    public void Leave() => _ = Interlocked.Decrement(ref _count);

    /// <summary>Lets one more of an address in, if it has not too many.</summary>
    /// <param name="peer">Where it comes from.</param>
    /// <param name="address">What to leave with; <see langword="null"/> where nothing is counted.</param>
    public bool TryEnter(EndPoint? peer, out IPAddress? address)
    {
        address = _mostOfAddress < int.MaxValue ? ToKey(peer) : null;
        if (address is null)
        {
            return true;
        }

        lock (_addresses)
        {
            var count = _addresses.GetValueOrDefault(address);
            if (count >= _mostOfAddress)
            {
                address = null;
                return false;
            }

            _addresses[address] = count + 1;
            return true;
        }
    }

    public void Leave(IPAddress? address)
    {
        if (address is null)
        {
            return;
        }

        lock (_addresses)
        {
            if (--_addresses[address] == 0)
            {
                _ = _addresses.Remove(address);
            }
        }
    }

    private static IPAddress? ToKey(EndPoint? peer)
    {
        if (peer is not IPEndPoint { Address: var address })
        {
            return null;
        }

        if (address.IsIPv4MappedToIPv6)
        {
            return address.MapToIPv4();
        }

        if (address.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return address;
        }

        Span<byte> bytes = stackalloc byte[16];
        _ = address.TryWriteBytes(bytes, out _);
        bytes[8..].Clear();
        return new(bytes);
    }
}
