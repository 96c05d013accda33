using FramedSockets.Samples.Tests.Support;

namespace FramedSockets.Samples.Tests.Chat;

/// <summary>The chat as processes, and Python among the members.</summary>
public sealed class ChatTests
{
    private const string Prefix = "listening on ";

    [UnixFact]
    public async Task Members_of_a_room_hear_each_other_and_nobody_else()
    {
        await using var server = await ServeAsync();
        await using var mia = await JoinAsync(server, "Mia", "cats");
        await using var zoe = await JoinAsync(server, "Zoë", "cats");
        await using var bob = await JoinAsync(server, "Bob", "dogs");
        Assert.Equal("* Zoë joined cats", await mia.ReadLineAsync());

        await zoe.WriteLineAsync("hello, 你好");
        Assert.Equal("Zoë: hello, 你好", await mia.ReadLineAsync());
        await mia.WriteLineAsync("/who");
        Assert.Equal("* in cats: Mia, Zoë", await mia.ReadLineAsync());
        await mia.WriteLineAsync("/join dogs");
        Assert.Equal("* Mia left cats", await mia.ReadLineAsync());
        Assert.Equal("* Mia joined dogs", await mia.ReadLineAsync());
        Assert.Equal("* Mia joined dogs", await bob.ReadLineAsync());
        await bob.WriteLineAsync("\u001b[31mwuff");
        Assert.Equal("Bob: ?[31mwuff", await mia.ReadLineAsync());
        await bob.WriteLineAsync("/leave");
        await bob.WriteLineAsync("nobody hears this");
        await bob.WriteLineAsync("/quit");
        Assert.Equal(new(0, "* Bob left dogs\n! join a room first\n", ""), await bob.EndAsync());

        mia.CloseInput();
        Assert.Equal(new(0, "* Bob left dogs\n* Mia left dogs\n", ""), await mia.EndAsync());
        zoe.Interrupt();
        Assert.Equal(new(0, "* Mia left cats\n* Zoë left cats\n", ""), await zoe.EndAsync());
    }

    [Fact]
    public async Task What_is_too_long_is_not_said_and_the_talk_goes_on()
    {
        await using var server = await ServeAsync();
        var name = string.Concat(Enumerable.Repeat("😀", 32));
        await using var mia = await JoinAsync(server, name, "cats");
        await mia.WriteLineAsync(new string('x', 20_000));
        Assert.Equal("! that is too long", await mia.ReadLineAsync());
        await mia.WriteLineAsync("/join " + new string('x', 2000));
        Assert.Equal("! that is too long", await mia.ReadLineAsync());
        await mia.WriteLineAsync("/who");
        Assert.Equal($"* in cats: {name}", await mia.ReadLineAsync());
    }

    [PythonFact]
    public async Task A_member_may_be_twenty_lines_of_Python()
    {
        await using var server = await ServeAsync();
        await using var mia = await JoinAsync(server, "Mia", "lobby");
        await using var python = Python.Run("chat.py", "talk", server.Address);
        Assert.Equal("* Python joined lobby", await mia.ReadLineAsync());
        await mia.WriteLineAsync("bye");
        Assert.Equal("Python: tschüss", await mia.ReadLineAsync());
        Assert.Equal("* Python left lobby", await mia.ReadLineAsync());

        var outcome = await python.EndAsync();
        Assert.Equal("", outcome.Errors);
        Assert.Equal(
            [
                "joined lobby Python ",
                "said lobby Mia bye",
                "who lobby None Mia,Python",
                "left lobby Python ",
                "refused None None join a room first",
                "refused None None a frame's kind is join, say, who or leave",
                "refused None None a room and a name have 1 to 32 visible characters, and no space at the ends",
            ],
            outcome.Output.TrimEnd('\n').Split('\n'));
    }

    [PythonFact]
    public async Task A_member_that_does_not_read_is_cut_and_stops_nobody()
    {
        await using var server = await ServeAsync();
        await using var python = Python.Run("chat.py", "slow", server.Address);
        Assert.Equal(new(0, "cut\n", ""), await python.EndAsync());
        server.Process.Terminate();
        var outcome = await server.Process.EndAsync();
        Assert.Equal(0, outcome.ExitCode);
        Assert.Contains(" does not keep up, and is cut\n", outcome.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_is_taken_once_in_a_room()
    {
        await using var server = await ServeAsync();
        await using var first = await JoinAsync(server, "Mia", "lobby");
        await using var second = Join(server, "Mia", "lobby");
        Assert.Equal("! somebody called Mia is in lobby already", await second.ReadLineAsync());
        await second.WriteLineAsync("/join elsewhere");
        Assert.Equal("* Mia joined elsewhere", await second.ReadLineAsync());
    }

    [Theory]
    [InlineData("Mia ")]
    [InlineData(" Mia")]
    [InlineData("Mia\u00a0")]
    [InlineData("Mia\u3164")]
    [InlineData("Mi\u200ba")]
    public async Task A_name_that_only_looks_like_another_is_refused(string name)
    {
        await using var server = await ServeAsync();
        await using var first = await JoinAsync(server, "Mia", "lobby");
        await using var second = Join(server, name, "lobby");
        Assert.Equal("! a room and a name have 1 to 32 visible characters, and no space at the ends", await second.ReadLineAsync());
    }

    [UnixFact]
    public async Task A_server_that_stops_or_is_not_there_is_one_line_and_an_exit_code()
    {
        await using var server = await ServeAsync();
        await using var member = await JoinAsync(server, "Mia", "lobby");
        server.Process.Interrupt();
        Assert.Equal(0, (await server.Process.EndAsync()).ExitCode);
        Assert.Equal(new(1, "* Mia left lobby\n", "error: the server has ended the connection\n"), await member.EndAsync());

        await using var late = Join(server, "Mia", "lobby");
        var outcome = await late.EndAsync();
        Assert.Equal((1, ""), (outcome.ExitCode, outcome.Output));
        Assert.StartsWith($"error: cannot connect to {server.Address}: ", Assert.Single(outcome.Errors.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    private static async Task<Server> ServeAsync()
    {
        var process = RunningProcess.Sample("Chat", "serve");
        var line = await process.ReadLineAsync();
        Assert.StartsWith(Prefix, line, StringComparison.Ordinal);
        return new(process, line[Prefix.Length..]);
    }

    private static RunningProcess Join(Server server, string name, string room) =>
        RunningProcess.Sample("Chat", "join", server.Address, "--name", name, "--room", room);

    private static async Task<RunningProcess> JoinAsync(Server server, string name, string room)
    {
        var member = Join(server, name, room);
        Assert.Equal($"* {name} joined {room}", await member.ReadLineAsync());
        return member;
    }

    private sealed record Server(RunningProcess Process, string Address) : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => Process.DisposeAsync();
    }
}
