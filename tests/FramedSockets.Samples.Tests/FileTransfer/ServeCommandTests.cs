using FramedSockets.Samples.Tests.Support;

namespace FramedSockets.Samples.Tests.FileTransfer;

/// <summary>The server as a process, and Python as its client.</summary>
public sealed class ServeCommandTests : IDisposable
{
    private readonly TemporaryFolder _out = new();
    private readonly TemporaryFolder _in = new();

    public void Dispose()
    {
        _out.Dispose();
        _in.Dispose();
    }

    [PythonFact]
    public async Task Three_glued_files_arrive_and_the_server_stops_after_its_count()
    {
        string[] names = ["a.bin", "b c.txt", "empty"];
        int[] lengths = [100_000, 17, 0];
        var paths = names.Zip(lengths, _out.WriteRandom).ToArray();
        await using var server = await ServeAsync("--count", "3");
        await PutAsync("glued", server.Address, paths);

        foreach (var (name, length) in names.Zip(lengths))
        {
            Assert.Equal($"stored {name} {length} {Hash.Of(_out.Read(name))}", await server.Process.ReadLineAsync());
            Assert.Equal(_out.Read(name), _in.Read(name));
        }

        Assert.Equal(0, (await server.Process.EndAsync()).ExitCode);
        Assert.Equal(names, _in.Files);
    }

    [PythonFact]
    public async Task A_file_in_one_byte_sends_arrives()
    {
        var path = _out.WriteRandom("bytewise", 3000);
        await using var server = await ServeAsync("--count", "1");
        await PutAsync("bytewise", server.Address, path);
        Assert.Equal($"stored bytewise 3000 {Hash.Of(_out.Read("bytewise"))}", await server.Process.ReadLineAsync());
        Assert.Equal(0, (await server.Process.EndAsync()).ExitCode);
        Assert.Equal(_out.Read("bytewise"), _in.Read("bytewise"));
    }

    [PythonFact]
    public async Task A_client_that_is_killed_in_mid_upload_leaves_nothing()
    {
        await using var server = await ServeAsync();
        await using (var client = await PutHalfAsync(server.Address))
        {
            await client.KillAsync();
        }

        server.Process.Terminate();
        var outcome = await server.Process.EndAsync();
        Assert.Equal(0, outcome.ExitCode);
        Assert.Equal("", outcome.Output);
        Assert.Contains("dropped ", outcome.Errors, StringComparison.Ordinal);
        Assert.Empty(_in.Files);
    }

    [PythonFact]
    public async Task Sigterm_lets_an_upload_finish_however_often_it_comes()
    {
        await using var server = await ServeAsync();
        await using var client = await PutHalfAsync(server.Address);

        server.Process.Terminate();
        Assert.StartsWith("stopping when all uploads have ended", await server.Process.ReadErrorLineAsync(), StringComparison.Ordinal);
        server.Process.Terminate();
        await client.WriteLineAsync();
        Assert.StartsWith("stored ", await client.ReadLineAsync(), StringComparison.Ordinal);
        var outcome = await server.Process.EndAsync();
        Assert.Equal(0, outcome.ExitCode);
        Assert.StartsWith("stored slow 200000 ", outcome.Output, StringComparison.Ordinal);
        Assert.Equal(["slow"], _in.Files);
    }

    [PythonFact]
    public async Task A_second_signal_cuts_what_is_open()
    {
        await using var server = await ServeAsync();
        await using var client = await PutHalfAsync(server.Address);

        server.Process.Terminate();
        server.Process.Interrupt();
        var outcome = await server.Process.EndAsync();
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("error: 1 connections were cut", outcome.Errors, StringComparison.Ordinal);
        Assert.Empty(_in.Files);
    }

    [PythonFact]
    public async Task What_a_killed_server_left_is_removed_by_the_next()
    {
        await using (var server = await ServeAsync())
        {
            await using var client = await PutHalfAsync(server.Address);
            await server.Process.KillAsync();
        }

        Assert.All(_in.Files, name => Assert.EndsWith(".part", name, StringComparison.Ordinal));
        await using var next = await ServeAsync();
        Assert.Empty(_in.Files);
    }

    [Fact]
    public async Task A_folder_that_cannot_be_used_is_one_line_and_an_exit_code()
    {
        var file = _out.Write("file", "x"u8);
        await using var server = RunningProcess.Sample("FileTransfer", "serve", "--port", "0", "--dir", file);
        AssertOneLine(await server.EndAsync(), "error: cannot use the folder ");
    }

    [Fact]
    public async Task A_port_in_use_is_one_line_and_an_exit_code()
    {
        await using var first = await ServeAsync();
        var port = first.Address.Split(':')[1];
        await using var second = RunningProcess.Sample("FileTransfer", "serve", "--port", port, "--dir", _in.FullName);
        AssertOneLine(await second.EndAsync(), $"error: cannot listen on {first.Address}: ");
    }

    private static void AssertOneLine(RunningProcess.Outcome outcome, string start)
    {
        Assert.Equal(1, outcome.ExitCode);
        Assert.Equal("", outcome.Output);
        Assert.StartsWith(start, Assert.Single(outcome.Errors.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    private static async Task PutAsync(string command, string address, params string[] arguments)
    {
        await using var client = Python.Run("put.py", [command, address, .. arguments]);
        var outcome = await client.EndAsync();
        Assert.Equal("", outcome.Errors);
        Assert.Equal(0, outcome.ExitCode);
    }

    /// <summary>A client that has sent half a file, which the server has begun to take.</summary>
    private async Task<RunningProcess> PutHalfAsync(string address)
    {
        using var watch = new FolderWatch(_in.FullName);
        var client = Python.Run("put.py", "half", address, "slow");
        Assert.Equal("half", await client.ReadLineAsync());
        await watch.Created;
        return client;
    }

    private Task<ServeProcess> ServeAsync(params string[] more) => ServeProcess.StartAsync(_in.FullName, more);
}
