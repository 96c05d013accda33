using System.Net;
using System.Net.Sockets;

namespace FramedSockets.Tcp;

/// <summary>Who is let in, and how many are inside. Thread-safe; whoever was let in leaves once.</summary>
internal sealed class ConnectionGate(ServerAdmission admission)
{
    private readonly Dictionary<IPAddress, int> _addresses = [];
    private int _count;
    private int _handshakes;

    /// <summary>How many may be inside.</summary>
    public int Most { get; } = Math.Min(admission.MaxConnections, DescriptorLimit.MostConnections);

    /// <summary>How many are.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Lets one more in, if there is room.</summary>
    public bool TryEnter() => TryCount(ref _count, Most);

    public void Leave() => _ = Interlocked.Decrement(ref _count);

    /// <summary>Lets one more begin its handshake, if there is room.</summary>
    public bool TryBeginHandshake() => TryCount(ref _handshakes, admission.MaxHandshakes);

    public void EndHandshake() => _ = Interlocked.Decrement(ref _handshakes);

    /// <summary>Whether a peer's word about whom it speaks for counts.</summary>
    public bool IsProxy(EndPoint? peer) => admission.TrustedProxies.Contain(peer);

    /// <summary>Checks a peer's address, and counts it.</summary>
    /// <param name="peer">Where it comes from.</param>
    /// <param name="address">What to leave with; <see langword="null"/> where nothing is counted.</param>
    /// <returns>Why it is refused, if it is.</returns>
    public FramedSocketError? Check(EndPoint? peer, out IPAddress? address)
    {
        address = null;
        var isDenied = admission.Denied.Contain(peer)
            || (admission.Allowed.Count > 0 && peer is IPEndPoint && !admission.Allowed.Contain(peer));
        if (isDenied)
        {
            return FramedSocketError.AddressDenied;
        }

        address = admission.MaxConnectionsPerAddress < int.MaxValue ? ToKey(peer) : null;
        if (address is null || TryCount(address))
        {
            return null;
        }

        address = null;
        return FramedSocketError.TooManyConnections;
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

    private static bool TryCount(ref int count, int most)
    {
        if (Interlocked.Increment(ref count) <= most)
        {
            return true;
        }

        _ = Interlocked.Decrement(ref count);
        return false;
    }

    private static IPAddress? ToKey(EndPoint? peer)
    {
        var address = Networks.ToAddress(peer);
        if (address?.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return address;
        }

        Span<byte> bytes = stackalloc byte[16];
        _ = address.TryWriteBytes(bytes, out _);
        bytes[8..].Clear();
        return new(bytes);
    }

    private bool TryCount(IPAddress address)
    {
        lock (_addresses)
        {
            var count = _addresses.GetValueOrDefault(address);
            if (count >= admission.MaxConnectionsPerAddress)
            {
                return false;
            }

            _addresses[address] = count + 1;
            return true;
        }
    }
}
