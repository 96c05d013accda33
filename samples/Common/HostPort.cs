using System.CommandLine.Parsing;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Common;

/// <summary>An address as it is typed: <c>HOST:PORT</c>, with an IPv6 address in brackets.</summary>
public sealed record HostPort(string Host, int Port)
{
    /// <summary>DNS has no longer names, with the dot at their end; what looks them up throws at longer ones.</summary>
    private const int Longest = 254;

    public override string ToString() => Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]:{Port}" : $"{Host}:{Port}";

    /// <summary>Reads an address to connect to; <see langword="null"/> when it is none.</summary>
    public static HostPort? Parse(string text)
    {
        var colon = text.LastIndexOf(':');
        if (colon < 1 || !int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            || port is < 1 or > IPEndPoint.MaxPort)
        {
            return null;
        }

        var host = text[..colon];
        if (host.Length > Longest)
        {
            return null;
        }

        if (host is ['[', .. var inner, ']'])
        {
            return inner.Length == 0 ? null : new(inner, port);
        }

        return string.IsNullOrWhiteSpace(host) || host.Contains(':', StringComparison.Ordinal) ? null : new(host, port);
    }

    /// <summary>For the command line.</summary>
    public static HostPort? Parse(ArgumentResult argument)
    {
        var parsed = Parse(argument.Tokens[0].Value);
        if (parsed is null)
        {
            argument.AddError($"'{argument.Tokens[0].Value}' is not HOST:PORT, such as localhost:9000 or [::1]:9000.");
        }

        return parsed;
    }

    /// <summary>Looks the name up, for those who take nothing but an address; IPv4 first, as for Python's AF_INET.</summary>
    /// <exception cref="IOException">There is no name, or none that DNS may have.</exception>
    public async Task<IPEndPoint> ResolveAsync(CancellationToken cancellationToken)
    {
        if (string.IsNullOrWhiteSpace(Host))
        {
            // To the system that would be this machine, by the addresses that others see.
            throw new IOException("the host is empty");
        }

        if (Host.Length > Longest)
        {
            throw new IOException($"the host has {Host.Length} characters, and {Longest} are allowed");
        }

        if (IPAddress.TryParse(Host, out var address))
        {
            // 0.0.0.0 and :: too, which are nobody's name.
            return new(address, Port);
        }

        var addresses = await Dns.GetHostAddressesAsync(Host, cancellationToken);
        return new(addresses.FirstOrDefault(address => address.AddressFamily == AddressFamily.InterNetwork, addresses[0]), Port);
    }
}
