using System.CommandLine;
using System.Text;
using FramedSockets.Udp;
using Tour.Support;

namespace Tour;

/// <summary><c>tour udp-send</c>: one sendto.</summary>
internal static class UdpSend
{
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(100);

    public static Command Create() => Cli.Client(
        "udp-send",
        "Sends a datagram for each text. Lesson: nobody says that it arrived; at best, the system says that nobody listens there.",
        RunAsync);

    private static async Task RunAsync(ParseResult arguments, CancellationToken stop)
    {
        var address = arguments.GetRequiredValue(Options.Address)!;
        var framing = arguments.GetFraming();
        await using var endpoint = UdpDatagramEndpoint.Connect(framing.Codec, await address.ResolveAsync(stop));
        await foreach (var text in Terminal.ReadTextsAsync(arguments.GetValue(Options.Texts)!, framing, stop))
        {
            await endpoint.SendAsync(Encoding.UTF8.GetBytes(text), stop);
        }

        // A refusal comes back to a connected socket, if at all, and is counted where datagrams are received.
        _ = await endpoint.ReceiveTextAsync(framing, Moment, stop);
        if (endpoint.Counters.Refused > 0)
        {
            throw new IOException($"nobody listens at {address}");
        }
    }
}
