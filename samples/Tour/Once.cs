using System.CommandLine;
using FramedSockets;
using FramedSockets.Tcp;
using FramedSockets.Transport;
using Tour.Support;

namespace Tour;

/// <summary><c>tour once</c>: bind, listen, accept, recv, send, close.</summary>
internal static class Once
{
    private static readonly Option<string> Reply = new("--reply") { Description = "What to answer.", HelpName = "TEXT", Required = true };

    public static Command Create() => Cli.Server(
        "once",
        "Accepts one client, prints what it said, answers TEXT, ends. Lesson: bind, listen, accept, read, send, close; nothing else is needed.",
        RunAsync,
        Reply);

    private static async Task RunAsync(ParseResult arguments, CancellationToken stop)
    {
        var framing = arguments.GetFraming();
        await using var listener = await SocketTransport.Default.ListenAsync(await arguments.GetListener().ResolveAsync(stop), stop);
        Console.WriteLine($"listening on {listener.EndPoint}");

        var client = await listener.AcceptAsync(stop);
        await using var connection = new FrameConnection<NoHeader>(client!, framing.Codec, Serving.Connection);
        if (await new Answers(connection, framing).ReadAsync(Timeout.InfiniteTimeSpan, stop) is not { } text)
        {
            await Console.Error.WriteLineAsync($"{connection.RemoteEndPoint} said nothing");
            return;
        }

        Console.WriteLine(text);
        await connection.SendTextAsync(arguments.GetRequiredValue(Reply), stop);
    }
}
