using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using FramedSockets.Samples.Tests.Support;
using Tour;

namespace FramedSockets.Samples.Tests.Tour;

/// <summary>The servers of the tour as processes, and Python as their clients.</summary>
public sealed partial class ServerTests
{
    public static TheoryData<string, string> All => Wires.All;

    [PythonTheory]
    [MemberData(nameof(All))]
    public async Task Words_answers_from_its_dictionary(string framing, string host)
    {
        await using var server = await TourProcess.ListenAsync("words", framing, host);
        Assert.Equal(["fine", "nicai", "no", null], await AskAsync(server, framing, "how are u", "how old are u", "who are u"));
        await server.StopAsync();
    }

    [PythonFact]
    public async Task Words_may_have_another_dictionary_and_netcat_sends_the_ends_of_lines()
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("words.json", """{"eins":"zwölf"}"""u8);
        await using var server = await TourProcess.ListenAsync("words", "raw", "127.0.0.1", "--words", file);
        Assert.Equal(["zwölf", "zwölf\n", "zwölf\r\n", "no", null], await AskAsync(server, "raw", "eins", "eins\n", "eins\r\n", "how are u"));
    }

    [PythonTheory]
    [MemberData(nameof(All))]
    public async Task Timestamp_answers_with_the_time_as_ctime_writes_it(string framing, string host)
    {
        await using var server = await TourProcess.ListenAsync("timestamp", framing, host);
        var answers = await AskAsync(server, framing, "héllo");
        Assert.Matches(Stamped(), answers[0]);
        await server.StopAsync();
    }

    [Theory]
    [InlineData("2026-11-21T00:00:00", "Sat Nov 21 00:00:00 2026")]
    [InlineData("2026-03-01T13:05:09", "Sun Mar  1 13:05:09 2026")]
    public void A_day_of_one_digit_is_padded_with_a_space(string time, string written) =>
        Assert.Equal(written, Timestamp.Write(DateTimeOffset.Parse(time)));

    [PythonTheory]
    [MemberData(nameof(All))]
    [InlineData("line", "127.0.0.1")]
    [InlineData("length", "127.0.0.1")]
    public async Task Upper_answers_in_upper_case(string framing, string host)
    {
        await using var server = await TourProcess.ListenAsync("upper", framing, host);
        Assert.Equal(["ZWÖLF", "你好", null], await AskAsync(server, framing, "zwölf", "你好"));
        await server.StopAsync();
    }

    [UnixFact]
    public async Task Upper_answers_a_line_whose_end_was_doubled()
    {
        await using var server = await TourProcess.ListenAsync("upper", "line", "127.0.0.1");
        using var peer = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await peer.ConnectAsync(IPEndPoint.Parse(server.Address)).Soon();
        await using var stream = new NetworkStream(peer);
        _ = await peer.SendAsync("abc\r\r\n"u8.ToArray()).Soon();
        peer.Shutdown(SocketShutdown.Send);
        Assert.Equal("ABC\n", await new StreamReader(stream).ReadToEndAsync().Soon());
        Assert.DoesNotContain("   at ", await server.StopAsync());
    }

    [UnixTheory]
    [InlineData("timestamp", 1_048_576, (byte)'a')]
    [InlineData("hello", 1_048_576, (byte)'a')]
    [InlineData("upper", 349_526, byte.MaxValue)]
    public async Task An_answer_that_would_be_too_long_is_one_that_says_so(string command, int length, byte of)
    {
        await using var server = await TourProcess.ListenAsync(command, "line", "127.0.0.1");
        using var peer = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await peer.ConnectAsync(IPEndPoint.Parse(server.Address)).Soon();
        await using var stream = new NetworkStream(peer);
        await stream.WriteAsync((byte[])[.. Enumerable.Repeat(of, length), .. "\nx\n"u8]).AsTask().Soon();
        peer.Shutdown(SocketShutdown.Send);
        var answers = (await new StreamReader(stream).ReadToEndAsync().Soon()).Split('\n');
        Assert.Equal("the answer is too long", answers[^3]);
        Assert.Contains("x", answers[^2], StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("   at ", await server.StopAsync());
    }

    [UnixFact]
    public async Task A_datagram_whose_answer_would_be_too_long_is_told_so()
    {
        await using var server = await TourProcess.ListenAsync("upper", "raw", "127.0.0.1", "--udp");
        using var peer = new UdpClient();
        peer.Connect(IPEndPoint.Parse(server.Address));
        _ = await peer.SendAsync(Enumerable.Repeat(byte.MaxValue, 21_836).ToArray()).AsTask().Soon();
        Assert.Equal("the answer is too long"u8.ToArray(), (await peer.ReceiveAsync().Soon()).Buffer);
        Assert.Equal("", await server.StopAsync());
    }

    [UnixFact]
    public async Task Upper_does_not_answer_half_a_character()
    {
        await using var server = await TourProcess.ListenAsync("upper", "raw", "127.0.0.1", "--udp");
        using var peer = new UdpClient();
        peer.Connect(IPEndPoint.Parse(server.Address));
        _ = await peer.SendAsync(new byte[] { 0xC3 }).AsTask().Soon();
        _ = await peer.SendAsync("a"u8.ToArray()).AsTask().Soon();
        Assert.Equal("A"u8.ToArray(), (await peer.ReceiveAsync().Soon()).Buffer);
        Assert.Equal("", await server.StopAsync());
    }

    [PythonTheory]
    [MemberData(nameof(All))]
    public async Task Upper_puts_together_what_arrives_byte_by_byte(string framing, string host)
    {
        const string Text = "zwölf 你好 😀";
        await using var server = await TourProcess.ListenAsync("upper", framing, host);
        await using var client = Peer.Connect("split", framing, server.Address, Text, "10");
        Assert.Equal(["ZWÖLF 你好 😀"], await client.HearAllAsync());
    }

    [PythonTheory]
    [MemberData(nameof(All))]
    public async Task Hello_greets_and_answers_until_exit(string framing, string host)
    {
        await using var server = await TourProcess.ListenAsync("hello", framing, host);
        await using var client = Peer.Connect("greeted", framing, server.Address, "Michael", "Zoë", "exit");
        Assert.Equal(["Welcome!", "Hello, Michael!", "Hello, Zoë!", null], await client.HearAllAsync());
        await server.StopAsync();
    }

    [PythonFact]
    public async Task Hello_serves_many_clients_at_once()
    {
        await using var server = await TourProcess.ListenAsync("hello", "raw", "127.0.0.1");
        await using var clients = Peer.Connect("crowd", "raw", server.Address, "50");
        Assert.Equal("50", await clients.Process.ReadLineAsync());
    }

    [PythonTheory]
    [InlineData("words", "politely")]
    [InlineData("words", "reset")]
    [InlineData("hello", "politely")]
    [InlineData("hello", "reset")]
    public async Task A_client_that_leaves_at_once_disturbs_nobody(string command, string how)
    {
        await using var server = await TourProcess.ListenAsync(command, "json", "127.0.0.1");
        await using var leaving = Peer.Connect("leave", "json", server.Address, how);
        Assert.Equal(["left"], await leaving.HearAllAsync());
        await using var next = Peer.Connect("ask", "json", server.Address, "how are u");
        Assert.Equal(command == "hello" ? "Welcome!" : "fine", await next.HearAsync());
        Assert.DoesNotContain("   at ", await server.StopAsync());
    }

    [PythonTheory]
    [MemberData(nameof(All))]
    public async Task Once_prints_what_one_client_said_and_answers(string framing, string host)
    {
        await using var server = await TourProcess.ListenAsync("once", framing, host, "--reply", "tschüss");
        Assert.Equal(["tschüss", null], await AskAsync(server, framing, "grüß dich"));
        Assert.Equal(new(0, "grüß dich\n", ""), await server.Process.EndAsync());
    }

    [PythonFact]
    public async Task Once_ends_calmly_where_nothing_is_said()
    {
        await using var server = await TourProcess.ListenAsync("once", "raw", "127.0.0.1", "--reply", "x");
        await using var client = Peer.Connect("leave", "raw", server.Address, "politely");
        var outcome = await server.Process.EndAsync();
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Output));
        Assert.EndsWith(" said nothing\n", outcome.Errors, StringComparison.Ordinal);
    }

    [UnixTheory]
    [InlineData("once", "--reply", "x")]
    [InlineData("words")]
    [InlineData("udp-listen")]
    [InlineData("upper", "--udp")]
    public async Task Sigterm_is_a_good_end_as_well(string command, params string[] more)
    {
        await using var server = await TourProcess.ListenAsync(command, "raw", "127.0.0.1", more);
        server.Process.Terminate();
        Assert.Equal(0, (await server.Process.EndAsync()).ExitCode);
    }

    private static async Task<IReadOnlyList<string?>> AskAsync(TourProcess server, string framing, params string[] texts)
    {
        await using var client = Peer.Connect("ask", framing, server.Address, texts);
        return await client.HearAllAsync();
    }

    [GeneratedRegex(@"^\[(Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} [ 123]\d \d\d:\d\d:\d\d \d{4}\] héllo$")]
    private static partial Regex Stamped();
}
