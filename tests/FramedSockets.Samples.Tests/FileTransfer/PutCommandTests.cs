using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using FramedSockets.Samples.Tests.Support;

namespace FramedSockets.Samples.Tests.FileTransfer;

/// <summary>The client as a process.</summary>
public sealed class PutCommandTests : IDisposable
{
    private readonly TemporaryFolder _out = new();

    public void Dispose() => _out.Dispose();

    [PythonFact]
    public async Task A_plain_upload_reaches_a_server_that_knows_only_the_tutorial()
    {
        var paths = new[] { _out.WriteRandom("a.bin", 1_000_000), _out.WriteRandom("empty", 0), _out.WriteRandom("ü.txt", 3) };
        await using var server = Python.Run("serve.py");
        var port = await server.ReadLineAsync();
        var outcome = await PutAsync($"127.0.0.1:{port}", ["--plain", .. paths]);

        var described = paths.Select(Path.GetFileName).Select(name => $"{name} {_out.Read(name!).Length} {Hash.Of(_out.Read(name!))}").ToArray();
        Assert.Equal(new(0, Lines(described.Select(line => "sent " + line)), ""), outcome);
        foreach (var line in described)
        {
            Assert.Equal("cmd filename filesize " + line, await server.ReadLineAsync());
        }
    }

    [Fact]
    public async Task Confirmed_uploads_are_printed_and_a_refused_one_does_not_stop_the_next()
    {
        await using var server = await RunningServer.StartAsync();
        var good = _out.WriteRandom("good", 100_000);
        var hidden = _out.WriteRandom(".hidden", 100_000);
        var last = _out.WriteRandom("last", 1);
        var outcome = await PutAsync(server.EndPoint.ToString()!, good, hidden, _out.PathOf("missing"), _out.FullName, "", last);

        Assert.Equal(1, outcome.ExitCode);
        Assert.Equal(Lines([$"sent good 100000 {Hash.Of(_out.Read("good"))}", $"sent last 1 {Hash.Of(_out.Read("last"))}"]), outcome.Output);
        Assert.Equal(
            Lines([
                $"error: {hidden}: refused by the server: the name starts with a dot",
                $"error: {_out.PathOf("missing")}: there is no such file",
                $"error: {_out.FullName}: it is a folder",
                "error: : it is no name of a file"]),
            outcome.Errors);
        Assert.Equal(["in", "in/good", "in/last", "neighbour"], server.Files);
    }

    [LinuxFact]
    public async Task A_file_that_has_bytes_and_says_none_is_not_sent_as_an_empty_one()
    {
        await using var server = await RunningServer.StartAsync();
        AssertOneLine(await PutAsync(server.EndPoint.ToString()!, "/proc/self/status"), "error: /proc/self/status: it is not a file with a length");
    }

    [Fact]
    public async Task A_name_may_begin_with_an_at_sign()
    {
        await using var server = await RunningServer.StartAsync();
        var outcome = await PutAsync(server.EndPoint.ToString()!, "@nowhere");
        AssertOneLine(outcome, "error: @nowhere: there is no such file");
    }

    [Fact]
    public async Task A_server_that_has_other_bytes_is_found_out()
    {
        await using var client = await PutToAsync(new() { ["cmd"] = "stored", ["filename"] = "a", ["sha256"] = "00" });
        AssertOneLine(await client.EndAsync(), "error: the server has other bytes under the name a: ");
    }

    [Fact]
    public async Task A_server_that_ends_without_an_answer_is_one_line()
    {
        await using var client = await PutToAsync(answer: null);
        AssertOneLine(await client.EndAsync(), "error: the server ended the connection without an answer");
    }

    [Fact]
    public async Task Nobody_listening_is_one_line_and_an_exit_code()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var address = silent.LocalEndpoint.ToString()!;
        silent.Stop();
        AssertOneLine(await PutAsync(address, _out.WriteRandom("a", 1)), $"error: cannot connect to {address}: ");
    }

    [Fact]
    public async Task An_address_without_a_port_is_explained()
    {
        var outcome = await PutAsync("nowhere", "a");
        Assert.Equal(1, outcome.ExitCode);
        Assert.StartsWith("'nowhere' is not HOST:PORT, such as ", outcome.Errors, StringComparison.Ordinal);
    }

    private static string Lines(IEnumerable<string> lines) => string.Concat(lines.Select(line => line + '\n'));

    private static void AssertOneLine(RunningProcess.Outcome outcome, string start)
    {
        Assert.Equal(1, outcome.ExitCode);
        Assert.Equal("", outcome.Output);
        Assert.StartsWith(start, Assert.Single(outcome.Errors.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    private static async Task<RunningProcess.Outcome> PutAsync(string address, params string[] arguments)
    {
        await using var client = RunningProcess.Sample("FileTransfer", ["put", address, .. arguments]);
        return await client.EndAsync();
    }

    /// <summary>Uploads one byte to a server that answers what it is told, or just closes.</summary>
    private async Task<RunningProcess> PutToAsync(JsonObject? answer)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var client = RunningProcess.Sample("FileTransfer", "put", listener.LocalEndpoint.ToString()!, _out.Write("a", "x"u8));
        using var peer = await RawPeer.AcceptAsync(listener);
        if (answer is not null)
        {
            await peer.SendAsync(RawPeer.Frame(answer, []));
        }

        // Not before the client has said all.
        peer.EndSending();
        await peer.SkipToEndAsync();
        return client;
    }
}
