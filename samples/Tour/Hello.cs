using System.CommandLine;
using FramedSockets;
using FramedSockets.Tcp;
using Tour.Support;

namespace Tour;

/// <summary><c>tour hello</c>: speaks first, and says hello until it hears <c>exit</c>.</summary>
internal static class Hello
{
    public static Command Create() => Cli.Server(
        "hello",
        "Greets with 'Welcome!' and answers 'Hello, NAME!' until 'exit'. Lesson: the handler's end is the connection's end.",
        RunAsync);

    private static async Task RunAsync(ParseResult arguments, CancellationToken stop)
    {
        var framing = arguments.GetFraming();
        await using var server = new TcpFrameServer<NoHeader>(
            framing.Codec,
            async connection =>
            {
                await connection.SendTextAsync("Welcome!");
                await foreach (var text in connection.ReadTextsAsync(framing))
                {
                    var (name, end) = text.SplitLine();
                    if (name == "exit")
                    {
                        break;
                    }

                    await connection.AnswerAsync($"Hello, {name}!{end}");
                }
            },
            await arguments.GetServerOptionsAsync(stop));
        await server.RunAsync(stop);
    }
}
