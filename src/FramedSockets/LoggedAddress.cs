using System.Net;
using System.Net.Sockets;

namespace FramedSockets;

/// <summary>An address as it stands in a log. The path of a Unix socket is its owner's to choose: control characters are question marks.</summary>
internal readonly record struct LoggedAddress(EndPoint? EndPoint)
{
    public static implicit operator LoggedAddress(EndPoint? endPoint) => new(endPoint);

    /// <summary>A text of a peer, fit for a log.</summary>
    public static string Clean(string text) => string.Create(text.Length, text, (target, source) =>
    {
        for (var i = 0; i < target.Length; i++)
        {
            target[i] = char.IsControl(source[i]) ? '?' : source[i];
        }
    });

    public override string? ToString() => EndPoint switch
    {
        UnixDomainSocketEndPoint unix => Clean(unix.ToString()),
        DnsEndPoint dns => Clean($"{dns.Host}:{dns.Port}"),
        _ => EndPoint?.ToString(),
    };
}
