using System.CommandLine;
using FramedSockets;
using FramedSockets.Tcp;
using Tour.Support;

namespace Tour;

/// <summary><c>tour ask</c>: connect, send, recv, again and again.</summary>
internal static class Ask
{
    private static readonly TimeSpan Greeting = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Goodbye = TimeSpan.FromSeconds(1);
    private static readonly Option<double> Patience = Options.Timeout(30);

    public static Command Create() => Cli.Client(
        "ask",
        "Sends each text and prints each answer. Lesson: one connection carries a whole talk; with raw, an answer is what happened to arrive.",
        RunAsync,
        Patience);

    private static async Task RunAsync(ParseResult arguments, CancellationToken stop)
    {
        var patience = TimeSpan.FromSeconds(arguments.GetValue(Patience));
        var (address, framing) = (arguments.GetRequiredValue(Options.Address)!, arguments.GetFraming());
        var client = new TcpFrameClient<NoHeader>(framing.Codec, new() { Connection = Serving.Connection });
        await using var connection = await client.ConnectAsync(address.Host, address.Port, stop);
        var answers = new Answers(connection, framing);
        _ = await answers.PrintAsync(Greeting, stop); // some servers speak first

        var texts = arguments.GetValue(Options.Texts)!;
        var sent = 0;
        await foreach (var text in Terminal.ReadTextsAsync(texts, framing, stop))
        {
            await connection.SendTextAsync(text, stop);
            sent++;
            if (await answers.PrintAsync(patience, stop))
            {
                continue;
            }

            var reason = answers.HasEnded ? $"{address} has closed the connection" : $"no answer from {address} within {patience.TotalSeconds} s";
            if (!answers.HasEnded || sent < texts.Length)
            {
                throw new IOException(reason);
            }

            await Console.Error.WriteLineAsync(reason);
            return;
        }

        await connection.CompleteOutputAsync(stop);
        _ = await answers.PrintAsync(Goodbye, stop); // of a server that greeted late, one answer is to come
    }
}
