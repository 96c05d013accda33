using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Text;

namespace FramedSockets.Tcp;

/// <summary>
/// The header by which a proxy says whom it speaks for: the PROXY protocol, versions 1 and 2
/// (https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt). Pure.
/// </summary>
/// <param name="Length">The header's bytes; 0 while more are needed.</param>
/// <param name="Source">The client's address; <see langword="null"/> where the proxy speaks for itself or does not know.</param>
/// <param name="Destination">The address that the client connected to.</param>
/// <param name="IsLocal">Whether the proxy speaks for itself, and says so.</param>
internal readonly record struct ProxyHeader(int Length, IPEndPoint? Source = null, IPEndPoint? Destination = null, bool IsLocal = false)
{
    /// <summary>The longest header that is accepted, with all that version 2 may append.</summary>
    public const int MaxLength = 4096;

    /// <summary>The longest line of version 1.</summary>
    private const int MaxLine = 107;

    /// <summary>The fixed part of version 2.</summary>
    private const int FixedLength = 16;

    private static ReadOnlySpan<byte> First => "PROXY "u8;

    private static ReadOnlySpan<byte> Second => "\r\n\r\n\0\r\nQUIT\n"u8;

    /// <summary>Reads the header at the start of a stream, as far as it has arrived.</summary>
    /// <returns>The header; its length is 0 while more is needed.</returns>
    /// <exception cref="FramedSocketException">The bytes are not such a header: <see cref="FramedSocketError.MalformedProxyHeader"/>.</exception>
    public static ProxyHeader Parse(ReadOnlySpan<byte> source)
    {
        if (Begins(source, First))
        {
            return source.Length < First.Length ? default : ParseLine(source);
        }

        if (Begins(source, Second))
        {
            return source.Length < FixedLength ? default : ParseBlock(source);
        }

        throw Malformed("it does not begin as one");
    }

    public static FramedSocketException Malformed(string why) =>
        new(FramedSocketError.MalformedProxyHeader, $"A trusted proxy sent no valid header of the PROXY protocol: {why}.");

    private static bool Begins(ReadOnlySpan<byte> source, ReadOnlySpan<byte> signature)
    {
        var length = Math.Min(source.Length, signature.Length);
        return source[..length].SequenceEqual(signature[..length]);
    }

    private static ProxyHeader ParseLine(ReadOnlySpan<byte> source)
    {
        var end = source[..Math.Min(source.Length, MaxLine)].IndexOf("\r\n"u8);
        if (end < 0)
        {
            return source.Length < MaxLine ? default : throw Malformed($"its line has no end within {MaxLine} bytes");
        }

        var parts = Encoding.Latin1.GetString(source[First.Length..end]).Split(' ');
        if (parts[0] == "UNKNOWN")
        {
            return new(end + 2);
        }

        if (parts is not ["TCP4" or "TCP6", var from, var to, var fromPort, var toPort])
        {
            throw Malformed("its line has other parts");
        }

        var isFour = parts[0] == "TCP4";
        return new(end + 2, ToEndPoint(from, fromPort, isFour), ToEndPoint(to, toPort, isFour));
    }

    private static IPEndPoint ToEndPoint(string address, string port, bool isFour)
    {
        // Only the plain forms: what else .NET would take for an address ("1", "0x7f.1", the octal "010.0.0.1", scopes) or for a port
        // ("0080", trailing NULs) is not one here.
        var isPlain = isFour ? !address.Contains(':', StringComparison.Ordinal)
            : address.Contains(':', StringComparison.Ordinal) && address.All(c => c is ':' or '.' || char.IsAsciiHexDigit(c));
        return isPlain && IPAddress.TryParse(address, out var ip) && (!isFour || ip.ToString() == address)
            && ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number.ToString(CultureInfo.InvariantCulture) == port
            ? new(ip, number)
            : throw Malformed("its line has no valid address");
    }

    private static ProxyHeader ParseBlock(ReadOnlySpan<byte> source)
    {
        var (command, family) = (source[12], source[13]);
        var length = FixedLength + BinaryPrimitives.ReadUInt16BigEndian(source[14..]);
        if (command is not (0x20 or 0x21) || length > MaxLength)
        {
            throw Malformed($"version and command are 0x{command:x2}, its length is {length}");
        }

        if (source.Length < length)
        {
            return default;
        }

        var block = source[FixedLength..length];
        return command == 0x20 ? new(length, IsLocal: true) : family switch
        {
            0x11 => ReadAddresses(length, block, 4),
            0x21 => ReadAddresses(length, block, 16),
            0x00 or 0x31 => new(length), // not known, or a Unix domain socket
            _ => throw Malformed($"its address family is 0x{family:x2}"),
        };
    }

    private static ProxyHeader ReadAddresses(int length, ReadOnlySpan<byte> block, int size) => block.Length < (2 * size) + 4
        ? throw Malformed($"its {block.Length} bytes of addresses are too few")
        : new(
            length,
            new(new IPAddress(block[..size]), BinaryPrimitives.ReadUInt16BigEndian(block[(2 * size)..])),
            new(new IPAddress(block[size..(2 * size)]), BinaryPrimitives.ReadUInt16BigEndian(block[((2 * size) + 2)..])));
}
