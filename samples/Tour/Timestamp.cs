using System.CommandLine;
using System.Globalization;
using FramedSockets;
using FramedSockets.Tcp;
using Tour.Support;

namespace Tour;

/// <summary><c>tour timestamp</c>: answers with the time before the text.</summary>
internal static class Timestamp
{
    public static Command Create() => Cli.Server(
        "timestamp",
        "Answers '[Sat Nov 21 00:00:00 2026] TEXT'. Lesson: any number of clients at once, and no thread, lock or select in sight.",
        RunAsync);

    /// <summary>The time as C's <c>ctime</c> and Python's write it, in every culture: a day of one digit has a space before it.</summary>
    public static string Write(DateTimeOffset time) =>
        string.Create(CultureInfo.InvariantCulture, $"{time:ddd MMM} {time.Day,2} {time:HH:mm:ss yyyy}");

    private static async Task RunAsync(ParseResult arguments, CancellationToken stop)
    {
        var framing = arguments.GetFraming();
        await using var server = new TcpFrameServer<NoHeader>(
            framing.Codec,
            async connection =>
            {
                await foreach (var text in connection.ReadTextsAsync(framing))
                {
                    await connection.AnswerAsync($"[{Write(TimeProvider.System.GetLocalNow())}] {text}");
                }
            },
            await arguments.GetServerOptionsAsync(stop));
        await server.RunAsync(stop);
    }
}
