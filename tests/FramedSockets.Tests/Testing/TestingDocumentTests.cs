using System.Buffers;
using FramedSockets.Codecs;
using FramedSockets.Tcp;
using FramedSockets.Tests.Support;

namespace FramedSockets.Tests.Testing;

/// <summary>The examples of docs/testing.md, as they stand there.</summary>
public sealed class TestingDocumentTests
{
    [Fact]
    public Task A_handler_without_a_socket() => Run(async codec =>
    {
        var network = new MemoryTransport();
        await using var server = new TcpFrameServer<NoHeader>(codec, Echo, new() { Transport = network });
        await server.StartAsync();

        var client = new TcpFrameClient<NoHeader>(codec, new() { Transport = network });
        await using var connection = await client.ConnectAsync(server.LocalEndPoint!);
        await connection.SendAsync("hello"u8.ToArray());
        var answer = await connection.ReadAsync();
        Assert.Equal("hello"u8.ToArray(), answer.Body.ToArray());
    });

    [Fact]
    public Task A_cut_in_mid_frame() => Run(async codec =>
    {
        var (near, far) = MemoryConnection.CreatePair();
        await using var connection = new FrameConnection<NoHeader>(near, codec);
        await far.Output.WriteAsync(new byte[] { 0, 0, 0, 5, (byte)'h', (byte)'e' });   // a frame of 5 bytes, and 2 of them
        far.Abort();

        var failure = await Assert.ThrowsAsync<FramedSocketException>(async () => await connection.ReadAsync());
        Assert.Equal(FramedSocketError.TruncatedFrame, failure.Error);
    });

    [Fact]
    public Task A_timeout_without_waiting() => Run(async codec =>
    {
        var clock = new ManualTimeProvider();
        var network = new MemoryTransport();
        await using var server = new TcpFrameServer<NoHeader>(
            codec, Echo, new() { Transport = network, Connection = new() { TimeProvider = clock } });
        await server.StartAsync();
        await using var peer = await network.ConnectAsync(server.LocalEndPoint!);   // and says nothing
        await peer.WaitForPeerAsync();

        clock.Advance(TimeSpan.FromSeconds(10));

        var failure = await Assert.ThrowsAsync<FramedSocketException>(async () => await peer.Input.ReadAsync());
        Assert.Equal(FramedSocketError.ConnectionReset, failure.Error);
    });

    [Fact]
    public Task Any_network_there_may_be() => Run(async codec =>
    {
        await Seeds.RunAsync(first: 1, count: 100, async seed =>
        {
            var network = new MemoryTransport(new() { Script = new(seed) { MaxPieceLength = 20 } });
            await RoundTrip(network);
        });
    });

    [Fact]
    public Task Memory_that_is_used_too_late() => Run(async codec =>
    {
        var pool = new PoisoningPool();
        var network = new MemoryTransport(new() { Pool = pool });
        await RoundTrip(network, pool);
        await pool.EnsureAllReturnedAsync();
    });

    [Fact]
    public void The_examples_are_these()
    {
        var here = Lines(Project.Read("tests", "FramedSockets.Tests", "Testing", "TestingDocumentTests.cs"));
        var blocks = Project.Read("docs", "testing.md").Split("```csharp\n").Skip(1).Select(rest => Lines(rest.Split("```")[0])).ToArray();
        Assert.Equal(5, blocks.Length);
        Assert.All(blocks, block => Assert.Contains(block, here));
    }

    private static ValueTask Echo(FrameConnection<NoHeader> connection, Frame<NoHeader> frame) => connection.SendAsync(frame.Body);

    private static async Task RoundTrip(MemoryTransport network, PoisoningPool? pool = null)
    {
        var options = pool is null ? FrameConnectionOptions.Default : new() { Pool = pool };
        var codec = new LengthPrefixCodec();
        await using var server = new TcpFrameServer<NoHeader>(codec, Echo, new() { Transport = network, Connection = options });
        await server.StartAsync();
        await using var connection = await new TcpFrameClient<NoHeader>(codec, new() { Transport = network, Connection = options })
            .ConnectAsync(server.LocalEndPoint!);
        for (var length = 0; length < 200; length += 50)
        {
            await connection.SendAsync(Frames.Body(length));
            Assert.Equal(Frames.Body(length), (await connection.ReadAsync()).Body.ToArray());
        }
    }

    private static Task Run(Func<LengthPrefixCodec, Task> example) => example(new()).Soon();

    /// <summary>The lines without their indentation.</summary>
    private static string Lines(string text) => string.Join('\n', text.Split('\n').Select(line => line.Trim())).Trim();
}
