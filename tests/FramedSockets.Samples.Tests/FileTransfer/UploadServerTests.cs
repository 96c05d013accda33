using System.Text.Json.Nodes;
using FramedSockets.Samples.Tests.Support;

namespace FramedSockets.Samples.Tests.FileTransfer;

public sealed class UploadServerTests
{
    private static readonly byte[] Hello = "hello"u8.ToArray();

    [Fact]
    public async Task A_file_is_stored_and_confirmed()
    {
        await using var server = await RunningServer.StartAsync();
        using var peer = await RawPeer.ConnectAsync(server.EndPoint);
        await peer.SendAsync(RawPeer.Frame(Put("a.txt"), Hello));

        var answer = await peer.ReceiveAsync();
        Assert.Equal("stored", (string?)answer["cmd"]);
        Assert.Equal("a.txt", (string?)answer["filename"]);
        Assert.Equal(Hash.Of(Hello), (string?)answer["sha256"]);
        Assert.Equal(Hello, server.Read("a.txt"));
        Assert.Equal($"stored a.txt 5 {Hash.Of(Hello)}{Environment.NewLine}", server.Output);
    }

    [Fact]
    public async Task A_plain_upload_is_stored_and_not_answered()
    {
        await using var server = await RunningServer.StartAsync();
        using var peer = await RawPeer.ConnectAsync(server.EndPoint);
        await peer.SendAsync(RawPeer.Frame(Put("a.txt", confirm: false), Hello));
        peer.EndSending();
        await peer.ReceiveEndAsync();
        Assert.Equal(Hello, server.Read("a.txt"));
    }

    [Theory]
    [MemberData(nameof(SafeFileNameTests.Hostile), MemberType = typeof(SafeFileNameTests))]
    public async Task A_hostile_name_changes_nothing_and_the_server_goes_on(string name)
    {
        // A half of a surrogate pair cannot be said in JSON: what reaches the server then is a replacement character.
        await using var server = await RunningServer.StartAsync();
        using var peer = await RawPeer.ConnectAsync(server.EndPoint);
        await peer.SendAsync([.. RawPeer.Frame(Put(name), Hello), .. RawPeer.Frame(Put("good.txt"), Hello)]);

        var refused = await peer.ReceiveAsync();
        Assert.Equal("refused", (string?)refused["cmd"]);
        Assert.NotEmpty((string)refused["reason"]!);
        Assert.Equal("stored", (string?)(await peer.ReceiveAsync())["cmd"]);
        Assert.Equal(["in", "in/good.txt", "neighbour"], server.Files);
        Assert.StartsWith("refused '", server.Errors, StringComparison.Ordinal);
        Assert.Single(server.Errors.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task A_name_that_is_taken_is_refused_unless_overwriting_is_on()
    {
        await using var strict = await RunningServer.StartAsync();
        Assert.Equal(["stored", "refused"], await PutTwiceAsync(strict));
        Assert.Equal("first"u8.ToArray(), strict.Read("a.txt"));

        await using var lenient = await RunningServer.StartAsync(overwrite: true);
        Assert.Equal(["stored", "stored"], await PutTwiceAsync(lenient));
        Assert.Equal("second"u8.ToArray(), lenient.Read("a.txt"));
    }

    [Fact]
    public async Task A_file_of_exactly_the_limit_is_taken_and_one_more_byte_is_refused()
    {
        await using var server = await RunningServer.StartAsync(maxFile: 5);
        using var peer = await RawPeer.ConnectAsync(server.EndPoint);
        await peer.SendAsync([.. RawPeer.Frame(Put("long"), "123456"u8), .. RawPeer.Frame(Put("short"), "12345"u8)]);

        var refused = await peer.ReceiveAsync();
        Assert.Equal("the file has 6 bytes, and 5 are allowed", (string?)refused["reason"]);
        Assert.Equal("stored", (string?)(await peer.ReceiveAsync())["cmd"]);
        Assert.Equal(["in", "in/short", "neighbour"], server.Files);
    }

    [Fact]
    public async Task Another_command_is_refused()
    {
        await using var server = await RunningServer.StartAsync();
        using var peer = await RawPeer.ConnectAsync(server.EndPoint);
        await peer.SendAsync(RawPeer.Frame(new() { ["cmd"] = "get", ["filename"] = "a.txt", ["confirm"] = true }, []));
        Assert.Equal("the command is not 'put'", (string?)(await peer.ReceiveAsync())["reason"]);
    }

    [Fact]
    public async Task Members_that_the_server_does_not_know_are_ignored()
    {
        await using var server = await RunningServer.StartAsync();
        using var peer = await RawPeer.ConnectAsync(server.EndPoint);
        var header = Put("a.txt");
        header["mtime"] = 1.5;
        header["tags"] = new JsonArray("x", new JsonObject { ["filesize"] = 7 });
        await peer.SendAsync(RawPeer.Frame(header, Hello));
        Assert.Equal("stored", (string?)(await peer.ReceiveAsync())["cmd"]);
    }

    [Fact]
    public async Task A_full_disk_refuses_that_file_and_the_server_goes_on()
    {
        await using var server = await RunningServer.StartAsync(create: path => new FullDiskStream(path, room: 10));
        using var peer = await RawPeer.ConnectAsync(server.EndPoint);
        await peer.SendAsync([.. RawPeer.Frame(Put("large"), new byte[500_000]), .. RawPeer.Frame(Put("small"), Hello)]);

        Assert.Equal("the server's disk is full", (string?)(await peer.ReceiveAsync())["reason"]);
        Assert.Equal("stored", (string?)(await peer.ReceiveAsync())["cmd"]);
        Assert.Equal(["in", "in/small", "neighbour"], server.Files);
    }

    [Fact]
    public async Task A_cut_upload_leaves_nothing()
    {
        await using var server = await RunningServer.StartAsync();
        using (var peer = await RawPeer.ConnectAsync(server.EndPoint))
        {
            await peer.SendAsync([.. RawPeer.Head(Put("a.txt"), 20), .. "7 bytes"u8]);
            peer.EndSending();
            await peer.ReceiveEndAsync();
        }

        await server.StopAsync();
        Assert.Equal(["in", "neighbour"], server.Files);
        Assert.Contains("13 of 20 bytes are missing", server.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_many_clients_with_one_name_exactly_one_wins_with_its_own_bytes()
    {
        const int Clients = 16;
        await using var server = await RunningServer.StartAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, Clients).Select(i => PutAsync(server, "same", Filled((byte)i))));

        Assert.Equal(1, answers.Count(answer => answer == "stored"));
        Assert.Equal(Clients - 1, answers.Count(answer => answer == "refused"));
        Assert.Equal(["in", "in/same", "neighbour"], server.Files);
        Assert.Equal(Filled((byte)Array.IndexOf(answers, "stored")), server.Read("same"));
    }

    [Fact]
    public async Task Many_clients_are_served_at_once()
    {
        await using var server = await RunningServer.StartAsync();
        var peers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => RawPeer.ConnectAsync(server.EndPoint)));
        var frames = peers.Select((_, i) => RawPeer.Frame(Put($"file-{i}"), Filled((byte)i))).ToArray();
        await Task.WhenAll(peers.Select((peer, i) => peer.SendAsync(frames[i][..1000])));

        // Whoever comes last is done first.
        for (var i = peers.Length - 1; i >= 0; i--)
        {
            using var peer = peers[i];
            await peer.SendAsync(frames[i][1000..]);
            Assert.Equal("stored", (string?)(await peer.ReceiveAsync())["cmd"]);
        }

        Assert.All(Enumerable.Range(0, 50), i => Assert.Equal(Filled((byte)i), server.Read($"file-{i}")));
    }

    [Fact]
    public async Task After_the_count_no_further_file_is_taken()
    {
        await using var server = await RunningServer.StartAsync(count: 2);
        using var peer = await RawPeer.ConnectAsync(server.EndPoint);
        await peer.SendAsync([.. RawPeer.Frame(Put("1"), Hello), .. RawPeer.Frame(Put("2"), Hello), .. RawPeer.Frame(Put("3"), Hello)]);

        Assert.Equal("stored", (string?)(await peer.ReceiveAsync())["cmd"]);
        Assert.Equal("stored", (string?)(await peer.ReceiveAsync())["cmd"]);
        Assert.Equal("refused", (string?)(await peer.ReceiveAsync())["cmd"]);
        await server.CountReached.Soon();
    }

    [Fact]
    public async Task A_stop_lets_an_upload_and_a_refused_body_arrive()
    {
        await using var server = await RunningServer.StartAsync();
        using var watch = new FolderWatch(server.PathOf(""));
        using var taken = await RawPeer.ConnectAsync(server.EndPoint);
        using var refused = await RawPeer.ConnectAsync(server.EndPoint);
        await taken.SendAsync([.. RawPeer.Head(Put("a.txt"), 200_000), .. new byte[100_000]]);
        await refused.SendAsync([.. RawPeer.Head(Put("../a.txt"), 200_000), .. new byte[100_000]]);
        Assert.Equal("refused", (string?)(await refused.ReceiveAsync())["cmd"]);
        await watch.Created;

        var stopping = server.StopAsync();
        await taken.SendAsync(new byte[100_000]);
        await refused.SendAsync(new byte[100_000]);
        Assert.Equal("stored", (string?)(await taken.ReceiveAsync())["cmd"]);
        await taken.ReceiveEndAsync();
        await refused.ReceiveEndAsync();
        await stopping;
    }

    private static JsonObject Put(string name, bool confirm = true)
    {
        var header = new JsonObject { ["cmd"] = "put", ["filename"] = name };
        if (confirm)
        {
            header["confirm"] = true;
        }

        return header;
    }

    private static byte[] Filled(byte value)
    {
        var content = new byte[300_000];
        Array.Fill(content, value);
        return content;
    }

    private static async Task<string> PutAsync(RunningServer server, string name, byte[] content)
    {
        using var peer = await RawPeer.ConnectAsync(server.EndPoint);
        await peer.SendAsync(RawPeer.Frame(Put(name), content));
        return (string)(await peer.ReceiveAsync())["cmd"]!;
    }

    private static async Task<string[]> PutTwiceAsync(RunningServer server) =>
        [await PutAsync(server, "a.txt", "first"u8.ToArray()), await PutAsync(server, "a.txt", "second"u8.ToArray())];
}
