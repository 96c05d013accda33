using System.CommandLine;
using System.Net;
using FramedSockets.Udp;
using Tour.Support;

namespace Tour;

/// <summary><c>tour udp-listen</c>: bind, recvfrom, print.</summary>
internal static class UdpListen
{
    public static Command Create() => Cli.Server(
        "udp-listen",
        "Prints 'TEXT PORT HOST' for each datagram, and ends at 'bye'. Lesson: no connection; each datagram says who sent it.",
        RunAsync);

    private static async Task RunAsync(ParseResult arguments, CancellationToken stop)
    {
        var framing = arguments.GetFraming();
        await using var endpoint = UdpDatagramEndpoint.Bind(framing.Codec, await arguments.GetListener().ResolveAsync(stop));
        Console.WriteLine($"listening on {endpoint.LocalEndPoint}");

        await foreach (var datagram in endpoint.ReceiveAllAsync(stop))
        {
            var (text, _) = datagram.GetText(framing).SplitLine();
            var sender = (IPEndPoint)datagram.Peer.ToEndPoint()!;
            Console.WriteLine($"{text} {sender.Port} {sender.Address}");
            if (text.Equals("bye", StringComparison.OrdinalIgnoreCase))
            {
                return;
            }
        }
    }
}
