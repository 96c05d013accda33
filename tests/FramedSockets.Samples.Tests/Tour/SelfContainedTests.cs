using FramedSockets.Samples.Tests.Support;

namespace FramedSockets.Samples.Tests.Tour;

/// <summary>The programs that are both sides, and the command line.</summary>
public sealed class SelfContainedTests
{
    private static readonly string[] Programs =
    [
        "once", "ask", "words", "timestamp", "upper", "hello", "udp-listen", "udp-send", "udp-ask", "http-get", "sticky", "families",
    ];

    [Fact]
    public async Task Sticky_shows_two_sends_as_one_with_raw_and_as_two_with_each_framing()
    {
        var outcome = await TourProcess.EndAsync("sticky");
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Errors));
        var parts = outcome.Output.Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["raw", "line", "length", "json"], parts.Select(part => part.Split(':')[0]));
        Assert.EndsWith("  frame 1 of 10 bytes: HelloWorld", parts[0], StringComparison.Ordinal);
        Assert.Contains("  48 65 6c 6c 6f 57 6f 72 6c 64\n  H  e  l  l  o  W  o  r  l  d\n", parts[0], StringComparison.Ordinal);
        Assert.All(parts[1..], part => Assert.EndsWith("  frame 1 of 5 bytes: Hello\n  frame 2 of 5 bytes: World", part.TrimEnd(), StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("raw")]
    [InlineData("json")]
    public async Task Families_exchanges_a_frame_over_each_kind_that_is_there(string framing)
    {
        var outcome = await TourProcess.EndAsync("families", "--framing", framing);
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Errors));
        var rows = outcome.Output.TrimEnd().Split('\n')[1..];
        Assert.Equal(["IPv4", "IPv6", "dual mode", "Unix stream", "UDP", "Unix datagram"], rows.Select(row => row[..15].TrimEnd()));
        var missing = Wires.Hosts.Length == 1 ? new[] { "IPv6", "dual mode" } : [];
        Assert.All(rows, row => Assert.Contains(missing.Contains(row[..15].TrimEnd()) ? "not here" : " hello to ", row, StringComparison.Ordinal));
    }

    [UnixFact]
    public async Task A_folder_too_deep_for_sockets_is_not_here_and_the_others_are()
    {
        using var folder = new TemporaryFolder();
        var deep = Directory.CreateDirectory(folder.PathOf(new('d', 110))).FullName;
        await using var process = RunningProcess.Sample("Tour", ("TMPDIR", deep), "families");
        var outcome = await process.EndAsync();
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Errors));
        var rows = outcome.Output.TrimEnd().Split('\n')[1..];
        Assert.Equal(6, rows.Length);
        Assert.All(rows, row => Assert.Equal(row.StartsWith("Unix", StringComparison.Ordinal), row.Contains("is too long for a socket", StringComparison.Ordinal)));
        Assert.Empty(Directory.EnumerateFileSystemEntries(deep));
    }

    [Fact]
    public async Task Help_lists_every_program_with_its_lesson()
    {
        var outcome = await TourProcess.EndAsync("--help");
        Assert.Equal(0, outcome.ExitCode);
        var lines = outcome.Output.Split('\n');
        Assert.All(Programs, program => Assert.Contains(lines, line =>
            line.StartsWith($"  {program} ", StringComparison.Ordinal) && line.Contains(" Lesson: ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task No_program_is_longer_than_60_lines()
    {
        var files = Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Docs", "Tour"));
        Assert.Equal(Programs.Length + 1, files.Length);
        foreach (var file in files)
        {
            Assert.InRange((await File.ReadAllLinesAsync(file)).Length, 1, 60);
        }
    }

    [Theory]
    [InlineData("'nowhere' is not HOST:PORT, such as ", "ask", "nowhere")]
    [InlineData("--framing is one of raw, line, length, json; 'x' is none.", "words", "--framing", "x")]
    [InlineData("--port takes a number from 0 to 65535.", "words", "--port", "65536")]
    [InlineData("--timeout takes a number of seconds from 0 to 86400.", "udp-ask", "localhost:1", "--timeout", "-1")]
    [InlineData("error: cannot listen on 192.0.2.1:0: ", "words", "--host", "192.0.2.1")]
    [InlineData("error: Could not find file ", "words", "--words", "missing.json")]
    public async Task What_is_wrong_is_explained(string start, params string[] arguments)
    {
        var outcome = await TourProcess.EndAsync(arguments[0], arguments[1..]);
        Assert.Equal(1, outcome.ExitCode);
        Assert.StartsWith(start, Assert.Single(outcome.Errors.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_in_use_is_one_line_and_an_exit_code()
    {
        await using var first = await TourProcess.ListenAsync("words", "raw", "127.0.0.1");
        var outcome = await TourProcess.EndAsync("hello", "--port", first.Address.Split(':')[1]);
        Assert.Equal((1, ""), (outcome.ExitCode, outcome.Output));
        Assert.StartsWith($"error: cannot listen on {first.Address}: ", outcome.Errors, StringComparison.Ordinal);
    }
}
