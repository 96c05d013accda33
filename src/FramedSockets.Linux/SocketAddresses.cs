using System.Net;

namespace FramedSockets.Linux;

/// <summary>Addresses as the system writes them, and as end points.</summary>
internal static class SocketAddresses
{
    private const int Longest = 128;

    /// <summary>The address that a connected socket has on this side.</summary>
    /// <param name="calls">The system.</param>
    /// <param name="descriptor">The socket.</param>
    /// <param name="sameKind">An address of its kind.</param>
    public static EndPoint? OfThisSide(SystemCalls calls, DescriptorHandle descriptor, EndPoint sameKind)
    {
        Span<byte> address = stackalloc byte[Longest];
        var length = calls.GetName(descriptor, address);
        return length < 0 ? null : ToEndPoint(sameKind, address[..Math.Min(length, Longest)]);
    }

    /// <summary>What the system's bytes say, as the same kind of address as another.</summary>
    public static EndPoint? ToEndPoint(EndPoint sameKind, ReadOnlySpan<byte> bytes)
    {
        var address = new SocketAddress(sameKind.AddressFamily, Math.Max(bytes.Length, 2));
        if (bytes.Length > 2)
        {
            bytes.CopyTo(address.Buffer.Span);
        }

        return sameKind.Create(address);
    }
}
