using System.Net;
using System.Net.Sockets;
using FramedSockets.Samples.Tests.Support;

namespace FramedSockets.Samples.Tests.Tour;

/// <summary>The clients of the tour as processes, and Python as their server.</summary>
public sealed class ClientTests
{
    public static TheoryData<string, string> All => Wires.All;

    [PythonTheory]
    [MemberData(nameof(All))]
    [InlineData("line", "127.0.0.1")]
    [InlineData("length", "127.0.0.1")]
    public async Task Ask_prints_each_answer_on_a_line(string framing, string host)
    {
        await using var server = await Peer.ListenAsync("answer", framing, host);
        Assert.Equal(new(0, "EINS\nZWÖLF\n", ""), await TourProcess.EndAsync("ask", server.Address, "eins", "zwölf", "--framing", framing));
        Assert.Equal("eins", await server.HearAsync());
        Assert.Equal("zwölf", await server.HearAsync());
        Assert.Null(await server.HearAsync());
    }

    [PythonTheory]
    [MemberData(nameof(All))]
    public async Task Ask_hears_a_greeting_first(string framing, string host)
    {
        await using var server = await Peer.ListenAsync("hello", framing, host);
        var outcome = await TourProcess.EndAsync("ask", server.Address, "Michael", "Zoë", "--framing", framing);
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Errors));
        AssertGreeted(outcome.Output);
    }

    /// <summary>
    /// Whether a session of Michael and Zoë went well, on however slow a machine: without a framing, a greeting that comes after
    /// the moment that it is waited for may share a line with an answer, and the last answer may come after the session.
    /// </summary>
    internal static void AssertGreeted(string output)
    {
        var said = output.ReplaceLineEndings("");
        Assert.StartsWith("Welcome!Hello, Michael!", said, StringComparison.Ordinal);
        Assert.StartsWith(said, "Welcome!Hello, Michael!Hello, Zoë!", StringComparison.Ordinal);
    }

    [PythonTheory]
    [InlineData("raw", 1)]
    [InlineData("raw", 4)]
    [InlineData("raw", 6)]
    [InlineData("raw", 10)]
    [InlineData("json", 2)]
    [InlineData("json", 21)]
    public async Task An_answer_that_is_cut_inside_a_character_is_printed_whole(string framing, int at)
    {
        await using var server = await Peer.ListenAsync("cut", framing, "127.0.0.1", "ö你😀é", $"{at}");
        Assert.Equal(new(0, "ö你😀é\n", ""), await TourProcess.EndAsync("ask", server.Address, "x", "--framing", framing));
    }

    [PythonFact]
    public async Task An_answer_that_ends_inside_a_character_is_printed_without_it()
    {
        await using var server = await Peer.ListenAsync("short", "raw", "127.0.0.1", "abc你");
        Assert.Equal(new(0, "abc\n", ""), await TourProcess.EndAsync("ask", server.Address, "x"));
    }

    [PythonTheory]
    [InlineData("eins\nzwölf\nbye\nnothing\n")]
    [InlineData("eins\nzwölf\nBYE\n")]
    [InlineData("eins\nzwölf\n\nnothing\n")]
    [InlineData("eins\nzwölf")]
    public async Task Ask_reads_lines_until_bye_an_empty_one_or_the_end(string lines)
    {
        await using var server = await Peer.ListenAsync("answer", "json", "127.0.0.1");
        await using var client = TourProcess.Run("ask", server.Address, "--framing", "json");
        await client.WriteAsync(lines);
        Assert.Equal(new(0, "EINS\nZWÖLF\n", ""), await client.EndAsync());
        Assert.Equal("eins", await server.HearAsync());
        Assert.Equal("zwölf", await server.HearAsync());
        Assert.Null(await server.HearAsync());
    }

    [PythonFact]
    public async Task A_server_that_closes_is_said_and_texts_that_are_left_are_an_error()
    {
        await using var server = await Peer.ListenAsync("silent", "raw", "127.0.0.1");
        Assert.Equal(new(0, "", $"{server.Address} has closed the connection\n"), await TourProcess.EndAsync("ask", server.Address, "x"));
        Assert.Equal(new(1, "", $"error: {server.Address} has closed the connection\n"), await TourProcess.EndAsync("ask", server.Address, "x", "y"));
    }

    [PythonTheory]
    [MemberData(nameof(All))]
    public async Task Udp_ask_prints_each_answer_on_a_line(string framing, string host)
    {
        await using var server = await Peer.ListenAsync("udp-answer", framing, host);
        Assert.Equal(new(0, "EINS\nZWÖLF\n", ""), await TourProcess.EndAsync("udp-ask", server.Address, "eins", "zwölf", "--framing", framing, "--timeout", "60"));
    }

    [PythonFact]
    public async Task Udp_ask_says_that_nothing_comes()
    {
        await using var server = await Peer.ListenAsync("udp-answer", "raw", "127.0.0.1", "mute");
        Assert.Equal(new(1, "", $"error: no answer from {server.Address} within 0.2 s\n"), await TourProcess.EndAsync("udp-ask", server.Address, "x", "y", "--timeout", "0.2"));
        Assert.Equal("x", await server.HearAsync());
    }

    [PythonTheory]
    [MemberData(nameof(All))]
    public async Task Udp_send_sends_one_datagram(string framing, string host)
    {
        await using var server = await Peer.ListenAsync("udp-answer", framing, host);
        Assert.Equal(new(0, "", ""), await TourProcess.EndAsync("udp-send", server.Address, "grüß dich", "--framing", framing));
        Assert.Equal("grüß dich", await server.HearAsync());
    }

    [PythonFact]
    public async Task Udp_send_sends_each_line()
    {
        await using var server = await Peer.ListenAsync("udp-answer", "raw", "127.0.0.1");
        await using var client = TourProcess.Run("udp-send", server.Address);
        await client.WriteAsync("eins\nzwölf\n");
        Assert.Equal(new(0, "", ""), await client.EndAsync());
        Assert.Equal("eins", await server.HearAsync());
        Assert.Equal("zwölf", await server.HearAsync());
    }

    [PythonTheory]
    [MemberData(nameof(All))]
    public async Task Udp_listen_prints_each_datagram_and_ends_at_bye(string framing, string host)
    {
        await using var server = await TourProcess.ListenAsync("udp-listen", framing, host);
        await using var client = Peer.Connect("udp-send", framing, server.Address, "zwölf", "bye");
        var port = await client.Process.ReadLineAsync();
        Assert.Equal(new(0, $"zwölf {port} {host}\nbye {port} {host}\n", ""), await server.Process.EndAsync());
    }

    [PythonTheory]
    [MemberData(nameof(All))]
    public async Task Upper_answers_datagrams(string framing, string host)
    {
        await using var server = await TourProcess.ListenAsync("upper", framing, host, "--udp");
        await using var client = Peer.Connect("udp-ask", framing, server.Address, "eins", "zwölf");
        Assert.Equal(["EINS", "ZWÖLF"], await client.HearAllAsync());
        await server.StopAsync();
    }

    [Theory]
    [InlineData("ask", "cannot connect to ADDRESS: ")]
    [InlineData("udp-ask", "nobody listens at ADDRESS", "--timeout", "0.2")]
    [InlineData("udp-send", "nobody listens at ADDRESS")]
    public async Task A_peer_that_is_not_there_is_one_line_and_an_exit_code(string command, string start, params string[] more)
    {
        using var silent = new Socket(SocketType.Stream, ProtocolType.Tcp);
        silent.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var address = silent.LocalEndPoint!.ToString()!;
        var outcome = await TourProcess.EndAsync(command, [address, "x", .. more]);
        Assert.Equal((1, ""), (outcome.ExitCode, outcome.Output));
        Assert.StartsWith($"error: {start.Replace("ADDRESS", address)}", Assert.Single(outcome.Errors.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }
}
