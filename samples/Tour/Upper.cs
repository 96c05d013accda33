using System.CommandLine;
using Common;
using FramedSockets;
using FramedSockets.Tcp;
using FramedSockets.Udp;
using Tour.Support;

namespace Tour;

/// <summary><c>tour upper</c>: answers in upper case, over a stream or in datagrams.</summary>
internal static class Upper
{
    private static readonly Option<bool> Udp = new("--udp") { Description = "Take datagrams instead of connections." };

    public static Command Create() => Cli.Server(
        "upper",
        "Answers in upper case, over TCP or UDP. Lesson: a codec does not care what carries its frames.",
        (arguments, stop) => arguments.GetValue(Udp) ? RunDatagramsAsync(arguments, stop) : RunConnectionsAsync(arguments, stop),
        Udp);

    private static async Task RunConnectionsAsync(ParseResult arguments, CancellationToken stop)
    {
        var framing = arguments.GetFraming();
        await using var server = new TcpFrameServer<NoHeader>(
            framing.Codec,
            async connection =>
            {
                await foreach (var text in connection.ReadTextsAsync(framing))
                {
                    await connection.AnswerAsync(text.ToUpperInvariant());
                }
            },
            await arguments.GetServerOptionsAsync(stop));
        await server.RunAsync(stop);
    }

    private static async Task RunDatagramsAsync(ParseResult arguments, CancellationToken stop)
    {
        var framing = arguments.GetFraming();
        await using var endpoint = UdpDatagramEndpoint.Bind(framing.Codec, await arguments.GetListener().ResolveAsync(stop));
        Console.WriteLine($"listening on {endpoint.LocalEndPoint}");
        await endpoint.RunAsync(
            datagram => datagram.AnswerAsync(datagram.GetText(framing).ToUpperInvariant(), framing),
            new() { LoggerFactory = new StderrLog() },
            stop);
    }
}
