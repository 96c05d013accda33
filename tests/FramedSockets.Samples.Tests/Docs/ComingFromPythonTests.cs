using FramedSockets.Samples.Tests.Support;
using FramedSockets.Samples.Tests.Tour;

namespace FramedSockets.Samples.Tests.Docs;

/// <summary>The page's Python programs talk to the tour as it says, and its C# is that of the samples.</summary>
public sealed class ComingFromPythonTests : IDisposable
{
    private const string Host = "127.0.0.1";
    private static readonly Page Page = new("coming-from-python.md");
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_block_of_csharp_is_cut_out_of_a_sample()
    {
        var files = Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Docs", "Tour")).Select(Trimmed).ToArray();
        var blocks = Page.Blocks("csharp");
        Assert.Equal(10, blocks.Length);
        Assert.All(blocks, block => Assert.Contains(files, file => file.Contains(TrimmedText(block), StringComparison.Ordinal)));
    }

    [PythonFact]
    public async Task The_server_for_one_client()
    {
        await using var server = await ServeAsync("One client");
        Assert.Equal(new(0, "good bye\n", ""), await TourProcess.EndAsync("ask", server.Address, "hello"));
        Assert.Equal(new(0, "hello\n", ""), await server.Process.EndAsync());
    }

    [PythonFact]
    public async Task The_client()
    {
        await using var server = await TourProcess.ListenAsync("words", "raw", Host);
        Assert.Equal("fine\nnicai\nno\n", await EndAsync("Asking", 0, server.Address));
    }

    [PythonFact]
    public async Task The_dictionary()
    {
        await using var server = await ServeAsync("A dictionary");
        Assert.Equal(new(0, "fine\nno\n", ""), await TourProcess.EndAsync("ask", server.Address, "how are u", "who are u"));
    }

    [PythonFact]
    public async Task The_time()
    {
        await using var server = await ServeAsync("The time");
        var outcome = await TourProcess.EndAsync("ask", server.Address, "zwölf");
        Assert.Equal(0, outcome.ExitCode);
        Assert.EndsWith("] zwölf\n", outcome.Output, StringComparison.Ordinal);
    }

    [PythonFact]
    public async Task The_hello()
    {
        await using var server = await ServeAsync("Hello, many clients");
        var outcome = await TourProcess.EndAsync("ask", server.Address, "Michael", "Zoë");
        ClientTests.AssertGreeted(outcome.Output);
        Assert.Equal(0, outcome.ExitCode);
    }

    [PythonFact]
    public async Task The_datagrams()
    {
        await using var server = await ServeAsync("Datagrams");
        Assert.Equal(new(0, "ONE\nZWÖLF\n", ""), await TourProcess.EndAsync("udp-ask", server.Address, "one", "zwölf", "--timeout", "60"));
        await using var twin = await TourProcess.ListenAsync("upper", "raw", Host, "--udp");
        Assert.Equal("ONE\nZWÖLF\n", await EndAsync("Datagrams", 1, twin.Address));
    }

    [PythonFact]
    public async Task The_datagrams_and_their_senders()
    {
        await using var server = await ServeAsync("Who sent it");
        Assert.Equal(0, (await TourProcess.EndAsync("udp-send", server.Address, "zwölf")).ExitCode);
        Assert.Matches($"^zwölf [0-9]+ {Host}$", await server.Process.ReadLineAsync());
        Assert.Equal(0, (await TourProcess.EndAsync("udp-send", server.Address, "Bye")).ExitCode);
        Assert.Equal(0, (await server.Process.EndAsync()).ExitCode);

        await using var twin = await TourProcess.ListenAsync("udp-listen", "raw", Host);
        Assert.Equal("", await EndAsync("Who sent it", 1, twin.Address));
        Assert.Matches($"^hello ([0-9]+) {Host}\nbye \\1 {Host}\n$", (await twin.Process.EndAsync()).Output);
    }

    [PythonFact]
    public async Task The_page()
    {
        _folder.Write("index.html", "<p>zwölf</p>"u8);
        await using var server = Python.Run("web.py", "files", Host, _folder.FullName);
        var address = Wires.Address(Host, await server.ReadLineAsync());
        var script = Page.Blocks("python", "A page")[0].Replace("page.html", _folder.PathOf("page.html"));
        Assert.StartsWith("HTTP/1.0 200 OK", await EndAsync(script, address), StringComparison.Ordinal);
        Assert.Equal(0, (await TourProcess.EndAsync("http-get", $"http://{address}/", "--out", _folder.PathOf("twin.html"))).ExitCode);
        Assert.Equal(_folder.Read("index.html"), _folder.Read("page.html"));
        Assert.Equal(_folder.Read("index.html"), _folder.Read("twin.html"));
    }

    [PythonFact]
    public async Task The_two_sends()
    {
        await using var server = await TourProcess.ListenAsync("once", "raw", Host, "--reply", "ok");
        Assert.Equal("ok\n", await EndAsync("Two sends", 0, server.Address));
        // TCP promises no more: they arrive together nearly always.
        Assert.StartsWith("Hello", (await server.Process.EndAsync()).Output, StringComparison.Ordinal);
    }

    [PythonFact]
    public async Task The_json_framing()
    {
        await using var server = await TourProcess.ListenAsync("upper", "json", Host);
        var script = $"{Page.Blocks("python", "The framings")[0]}\nimport socket\nsock = socket.create_connection(('{Host}', 5000))\n"
            + "send(sock, 'eins')\nsend(sock, 'zwölf')\nprint(receive(sock), receive(sock))\n";
        Assert.Equal("EINS ZWÖLF\n", await EndAsync(script, server.Address));
    }

    private static string Trimmed(string file) => TrimmedText(File.ReadAllText(file));

    private static string TrimmedText(string text) => string.Join('\n', text.Trim().Split('\n').Select(line => line.Trim()));

    /// <summary>Runs the first program below a heading, a server, on a free port.</summary>
    private static async Task<Peer> ServeAsync(string heading)
    {
        var process = RunPython(Page.Blocks("python", heading)[0].Replace("5000", "0"));
        return new(process, Wires.Address(Host, (await process.ReadLineAsync()).Split(' ')[^1]));
    }

    private static Task<string> EndAsync(string heading, int index, string address) => EndAsync(Page.Blocks("python", heading)[index], address);

    /// <summary>Runs a client to its end, and returns what it printed.</summary>
    private static async Task<string> EndAsync(string script, string address)
    {
        await using var client = RunPython(script.Replace("5000", address.Split(':')[^1]));
        var outcome = await client.EndAsync();
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Errors));
        return outcome.Output;
    }

    private static RunningProcess RunPython(string script) => RunningProcess.Start(Python.Path!, "-c", script);
}
