using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace FramedSockets.Udp;

/// <summary>
/// Who a datagram came from or goes to: the socket address as a value. Two are equal when their addresses are, so that it
/// serves as the key of a dictionary; comparing and sending to one allocates nothing, and neither does receiving from one,
/// but for a Unix peer that is not the one before.
/// </summary>
/// <remarks>
/// An IPv4 peer is the same value whether it came through an IPv4 or a dual-mode endpoint. The default value is no peer:
/// what an unnamed Unix socket sends comes from it, and nothing can be sent to it.
/// </remarks>
public readonly struct DatagramPeer : IEquatable<DatagramPeer>
{
    // Where the parts of a sockaddr_in and a sockaddr_in6 lie, the same on every system.
    private const int PortOffset = 2;
    private const int IPv4Offset = 4;
    private const int IPv6Offset = 8;
    private const int ScopeOffset = 24;
    private const int IPv4Length = 16;
    private const int IPv6Length = 28;

    /// <summary>Family and path. Linux counts a NUL behind the longest path, which is in no address (unix(7), BUGS).</summary>
    private const int LongestUnix = 2 + 108;
    private const ulong MappedPrefix = 0x0000_FFFF_0000_0000;

    private readonly ulong _high;
    private readonly ulong _low;
    private readonly SocketAddress? _unix;
    private readonly uint _scope;
    private readonly ushort _port;
    private readonly Kind _kind;

    /// <summary>Creates a peer.</summary>
    /// <param name="endPoint">An <see cref="IPEndPoint"/> or a <see cref="UnixDomainSocketEndPoint"/>; names are to be resolved first.</param>
    /// <exception cref="ArgumentException">The endpoint is of another kind.</exception>
    public DatagramPeer(EndPoint endPoint)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        this = endPoint is IPEndPoint or UnixDomainSocketEndPoint
            ? Read(endPoint.Serialize(), default)
            : throw new ArgumentException($"A datagram goes to an IP address or a Unix socket, not to a {endPoint.GetType().Name}.", nameof(endPoint));
    }

    private DatagramPeer(Kind kind, ulong high, ulong low, ushort port, uint scope)
    {
        _kind = kind;
        _high = high;
        _low = low;
        _port = port;
        _scope = scope;
    }

    private DatagramPeer(SocketAddress unix)
    {
        _kind = Kind.Unix;
        _unix = unix;
    }

    private enum Kind : byte
    {
        None,
        IPv4,
        IPv6,
        Unix,
    }

    /// <summary>The address's family; <see cref="AddressFamily.Unspecified"/> where there is no address.</summary>
    public AddressFamily AddressFamily => _kind switch
    {
        Kind.IPv4 => AddressFamily.InterNetwork,
        Kind.IPv6 => AddressFamily.InterNetworkV6,
        Kind.Unix => AddressFamily.Unix,
        _ => AddressFamily.Unspecified,
    };

    /// <summary>The port; 0 where the address has none.</summary>
    public int Port => _port;

    /// <summary>Whether two peers have the same address.</summary>
    /// <param name="left">One peer.</param>
    /// <param name="right">The other.</param>
    /// <returns>Whether they are equal.</returns>
    public static bool operator ==(in DatagramPeer left, in DatagramPeer right) => left.Equals(in right);

    /// <summary>Whether two peers have different addresses.</summary>
    /// <param name="left">One peer.</param>
    /// <param name="right">The other.</param>
    /// <returns>Whether they differ.</returns>
    public static bool operator !=(in DatagramPeer left, in DatagramPeer right) => !left.Equals(in right);

    /// <summary>Makes an endpoint of it: a new <see cref="IPEndPoint"/> or <see cref="UnixDomainSocketEndPoint"/>.</summary>
    /// <returns>The endpoint, or <see langword="null"/> where there is no address.</returns>
    public EndPoint? ToEndPoint()
    {
        Span<byte> bytes = stackalloc byte[16];
        switch (_kind)
        {
            case Kind.IPv4:
                BinaryPrimitives.WriteUInt32BigEndian(bytes, (uint)_low);
                return new IPEndPoint(new IPAddress(bytes[..4]), _port);
            case Kind.IPv6:
                WriteIPv6(bytes);
                return new IPEndPoint(new IPAddress(bytes, _scope), _port);
            case Kind.Unix:
                return new UnixDomainSocketEndPoint("/").Create(_unix!);
            default:
                return null;
        }
    }

    /// <inheritdoc/>
    public bool Equals(DatagramPeer other) => Equals(in other);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is DatagramPeer other && Equals(in other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_high, _low, _port, _scope, _unix);

    /// <summary>The address in text, such as <c>192.0.2.7:5000</c>, fit for a log: control characters of a Unix path are question marks.</summary>
    /// <returns>The text; empty where there is no address.</returns>
    public override string ToString()
    {
        var text = ToEndPoint()?.ToString() ?? string.Empty;
        return _kind != Kind.Unix ? text : LoggedAddress.Clean(text);
    }

    /// <summary>Takes the address that a socket filled in, given the one before.</summary>
    internal static DatagramPeer Read(SocketAddress address, in DatagramPeer last)
    {
        var bytes = address.Buffer.Span[..address.Size];
        return address.Family switch
        {
            AddressFamily.InterNetwork => ReadIPv4(bytes),
            AddressFamily.InterNetworkV6 => ReadIPv6(bytes),
            AddressFamily.Unix => ReadUnix(bytes, last),
            _ => default,
        };
    }

    internal static DatagramPeer ReadIPv4(ReadOnlySpan<byte> address) => new(
        Kind.IPv4,
        0,
        BinaryPrimitives.ReadUInt32BigEndian(address[IPv4Offset..]),
        BinaryPrimitives.ReadUInt16BigEndian(address[PortOffset..]),
        0);

    internal static DatagramPeer ReadIPv6(ReadOnlySpan<byte> address)
    {
        var high = BinaryPrimitives.ReadUInt64BigEndian(address[IPv6Offset..]);
        var low = BinaryPrimitives.ReadUInt64BigEndian(address[(IPv6Offset + sizeof(ulong))..]);
        var port = BinaryPrimitives.ReadUInt16BigEndian(address[PortOffset..]);
        return high == 0 && low >> 32 == MappedPrefix >> 32
            ? new(Kind.IPv4, 0, (uint)low, port, 0)
            : new(Kind.IPv6, high, low, port, MemoryMarshal.Read<uint>(address[ScopeOffset..]));
    }

    /// <summary>Takes a Unix socket's address, which costs nothing where it is the last one again. One of a family alone has no name, and so is no peer.</summary>
    internal static DatagramPeer ReadUnix(ReadOnlySpan<byte> address, in DatagramPeer last)
    {
        address = address[..Math.Min(address.Length, LongestUnix)];
        return address.Length <= PortOffset ? default
            : last._unix is { } unix && address.SequenceEqual(unix.Buffer.Span[..unix.Size]) ? last
            : new(Copy(address));
    }

    /// <summary>Writes the address behind its family, which the target has; an IPv4 peer of an IPv6 socket becomes a mapped address.</summary>
    /// <returns>The address's length, or 0 where a socket of this family cannot send to it.</returns>
    internal int Write(Span<byte> address, AddressFamily family)
    {
        if (_kind == Kind.Unix)
        {
            return family == AddressFamily.Unix ? WriteUnix(address) : 0;
        }

        if (_kind == Kind.None || family == AddressFamily.Unix || (family == AddressFamily.InterNetwork && _kind != Kind.IPv4))
        {
            return 0;
        }

        BinaryPrimitives.WriteUInt16BigEndian(address[PortOffset..], _port);
        if (family == AddressFamily.InterNetwork)
        {
            BinaryPrimitives.WriteUInt32BigEndian(address[IPv4Offset..], (uint)_low);
            return IPv4Length;
        }

        WriteIPv6(address[IPv6Offset..]);
        MemoryMarshal.Write(address[ScopeOffset..], _scope);
        return IPv6Length;
    }

    private static SocketAddress Copy(ReadOnlySpan<byte> address)
    {
        var copy = new SocketAddress(AddressFamily.Unix, address.Length);
        address.CopyTo(copy.Buffer.Span);
        return copy;
    }

    private bool Equals(in DatagramPeer other) => _low == other._low && _high == other._high && _port == other._port
        && _kind == other._kind && _scope == other._scope && (ReferenceEquals(_unix, other._unix) || Equals(_unix, other._unix));

    private int WriteUnix(Span<byte> address)
    {
        _unix!.Buffer.Span[.._unix.Size].CopyTo(address);
        return _unix.Size;
    }

    private void WriteIPv6(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt64BigEndian(bytes, _high);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[sizeof(ulong)..], _kind == Kind.IPv4 ? MappedPrefix | _low : _low);
    }
}
