using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using Tour.Support;

namespace Tour;

/// <summary><c>tour families</c>: every kind of listener, and a frame over each.</summary>
internal static class Families
{
    public static Command Create() => Cli.Other(
        new("families", "A frame over each kind of listener that the machine has. Lesson: the address is all that differs.") { Options.Framing },
        RunAsync,
        _ => "cannot talk over the loopback");

    private static async Task RunAsync(ParseResult arguments, CancellationToken stop)
    {
        var framing = arguments.GetFraming();
        var folder = Directory.CreateTempSubdirectory("tour-");
        IPEndPoint v4 = new(IPAddress.Loopback, 0), v6 = new(IPAddress.IPv6Loopback, 0), both = new(IPAddress.IPv6Any, 0);
        try
        {
            Print("kind", "listens on", "answered");
            await PrintAsync("IPv4", () => Exchange.OverStreamAsync(framing, v4, [v4], stop));
            await PrintAsync("IPv6", () => Exchange.OverStreamAsync(framing, v6, [v6], stop));
            await PrintAsync("dual mode", () => Exchange.OverStreamAsync(framing, both, [v4, v6], stop));
            await PrintAsync("Unix stream", () => Exchange.OverStreamAsync(framing, Unix("stream"), [Unix("stream")], stop));
            await PrintAsync("UDP", () => Exchange.OverDatagramsAsync(framing, v4, null, stop));
            await PrintAsync("Unix datagram", () => Exchange.OverDatagramsAsync(framing, Unix("datagram"), Unix("client"), stop));
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        UnixDomainSocketEndPoint Unix(string name) => Exchange.UnixEndPoint(Path.Combine(folder.FullName, name));
    }

    private static async Task PrintAsync(string kind, Func<Task<(EndPoint Server, string Answers)>> exchange)
    {
        try
        {
            var (server, answers) = await exchange();
            Print(kind, server.ToString()!, answers);
        }
        catch (Exception e) when (e is SocketException or PlatformNotSupportedException or IOException)
        {
            Print(kind, "not here", e.Message);
        }
    }

    private static void Print(string kind, string server, string answers) => Console.WriteLine($"{kind,-15}{server,-30} {answers}");
}
