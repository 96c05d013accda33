using System.CommandLine;
using System.Text;
using FramedSockets.Udp;
using Tour.Support;

namespace Tour;

/// <summary><c>tour udp-ask</c>: sendto, recvfrom, with a timeout.</summary>
internal static class UdpAsk
{
    private static readonly Option<double> Patience = Options.Timeout(3);

    public static Command Create() => Cli.Client(
        "udp-ask",
        "Sends each text in a datagram and prints each answer. Lesson: either may be lost, so every wait needs a limit.",
        RunAsync,
        Patience);

    private static async Task RunAsync(ParseResult arguments, CancellationToken stop)
    {
        var address = arguments.GetRequiredValue(Options.Address)!;
        var framing = arguments.GetFraming();
        var patience = TimeSpan.FromSeconds(arguments.GetValue(Patience));
        await using var endpoint = UdpDatagramEndpoint.Connect(framing.Codec, await address.ResolveAsync(stop));
        await foreach (var text in Terminal.ReadTextsAsync(arguments.GetValue(Options.Texts)!, framing, stop))
        {
            await endpoint.SendAsync(Encoding.UTF8.GetBytes(text), stop);
            var answer = await endpoint.ReceiveTextAsync(framing, patience, stop);
            Console.WriteLine(answer ?? throw new IOException(endpoint.Counters.Refused > 0
                ? $"nobody listens at {address}"
                : $"no answer from {address} within {patience.TotalSeconds} s"));
        }
    }
}
