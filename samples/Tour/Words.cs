using System.CommandLine;
using System.Text.Json;
using FramedSockets;
using FramedSockets.Tcp;
using Tour.Support;

namespace Tour;

/// <summary><c>tour words</c>: answers from a dictionary.</summary>
internal static class Words
{
    private static readonly Option<FileInfo?> Dictionary = new("--words")
    {
        Description = "Other words: a JSON object of questions and answers.",
        HelpName = "FILE.json",
    };

    private static readonly Dictionary<string, string> Default = new() { ["how are u"] = "fine", ["how old are u"] = "nicai" };

    public static Command Create() => Cli.Server(
        "words",
        "Answers from a dictionary, and 'no' to what is not in it. Lesson: a handler is a loop, and its state is local variables.",
        RunAsync,
        Dictionary);

    private static async Task RunAsync(ParseResult arguments, CancellationToken stop)
    {
        var framing = arguments.GetFraming();
        var words = arguments.GetValue(Dictionary) is { } file ? Load(file) : Default;
        await using var server = new TcpFrameServer<NoHeader>(
            framing.Codec,
            async connection =>
            {
                await foreach (var text in connection.ReadTextsAsync(framing))
                {
                    var (question, end) = text.SplitLine();
                    await connection.AnswerAsync(words.GetValueOrDefault(question, "no") + end);
                }
            },
            await arguments.GetServerOptionsAsync(stop));
        await server.RunAsync(stop);
    }

    private static Dictionary<string, string> Load(FileInfo file)
    {
        try
        {
            using var json = file.OpenRead();
            return JsonSerializer.Deserialize<Dictionary<string, string>>(json) ?? [];
        }
        catch (JsonException e)
        {
            throw new IOException($"{file.Name} is not a JSON object of texts: {e.Message}", e);
        }
    }
}
