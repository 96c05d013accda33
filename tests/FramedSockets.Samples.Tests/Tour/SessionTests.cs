using System.Text.Json;
using FramedSockets.Samples.Tests.Support;

namespace FramedSockets.Samples.Tests.Tour;

/// <summary>The clients in a terminal.</summary>
public sealed class SessionTests
{
    [PythonTheory]
    [InlineData("bye\r", "bye\r\n")]
    [InlineData("\r", "\r\n")]
    [InlineData("\u0004", "\r\n")]
    [InlineData("\u0003", "\r\n")]
    public async Task A_session_asks_at_a_prompt_and_ends_well(string end, string shown)
    {
        await using var server = await TourProcess.ListenAsync("words", "raw", "127.0.0.1");
        var (exitCode, screen) = await TypeAsync(["how are u\r", "wie gehts\r", end], "ask", server.Address);
        Assert.Equal(0, exitCode);
        Assert.Equal($"> how are u\r\nfine\r\n> wie gehts\r\nno\r\n> {shown}", screen.Replace("^C", "").Replace("^D\b\b", ""));
    }

    [PythonFact]
    public async Task A_greeting_stands_before_the_first_prompt_and_a_server_that_closes_ends_the_session()
    {
        await using var server = await TourProcess.ListenAsync("hello", "json", "127.0.0.1");

        // The first connection is served slowly.
        _ = await TourProcess.EndAsync("ask", server.Address, "exit", "--framing", "json");
        var (exitCode, screen) = await TypeAsync(["Zoë\r", "exit\r", "\r"], "ask", server.Address, "--framing", "json");
        Assert.Equal(0, exitCode);

        // On however slow a machine: behind a greeting that comes after the moment that it is waited for, each answer is a turn late.
        var expected = screen.StartsWith("Welcome!", StringComparison.Ordinal)
            ? $"Welcome!\r\n> Zoë\r\nHello, Zoë!\r\n> exit\r\n{server.Address} has closed the connection\r\n"
            : "> Zoë\r\nWelcome!\r\n> exit\r\nHello, Zoë!\r\n> \r\n";
        Assert.Equal(expected, screen);
    }

    [PythonFact]
    public async Task Datagrams_have_sessions_too()
    {
        await using var server = await TourProcess.ListenAsync("upper", "raw", "127.0.0.1", "--udp");
        var (exitCode, screen) = await TypeAsync(["eins\r", "bye\r"], "udp-ask", server.Address);
        Assert.Equal((0, "> eins\r\nEINS\r\n> bye\r\n"), (exitCode, screen));
    }

    [PythonFact]
    public async Task Who_gives_up_on_an_answer_finds_a_line_of_his_own()
    {
        await using var server = await Peer.ListenAsync("mute", "raw", "127.0.0.1");
        var (exitCode, screen) = await TypeAsync([["> ", "eins\r"], ["eins\r\n", "\u0003"]], "ask", server.Address);
        Assert.Equal((0, "> eins\r\n^C\r\n"), (exitCode, screen));
    }

    private static Task<(int ExitCode, string Screen)> TypeAsync(string[] lines, params string[] arguments) =>
        TypeAsync([.. lines.Select(line => new[] { "> ", line })], arguments);

    private static async Task<(int ExitCode, string Screen)> TypeAsync(string[][] keys, params string[] arguments)
    {
        await using var terminal = Python.Run("terminal.py", [JsonSerializer.Serialize(keys), .. RunningProcess.CommandOf("Tour"), .. arguments]);
        var outcome = await terminal.EndAsync();
        Assert.Equal("", outcome.Errors);
        var result = JsonSerializer.Deserialize<JsonElement>(outcome.Output);
        return (result[0].GetInt32(), result[1].GetString()!);
    }
}
