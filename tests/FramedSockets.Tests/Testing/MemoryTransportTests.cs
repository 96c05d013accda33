using System.Buffers;
using System.Net;
using System.Net.Sockets;
using FramedSockets.Tcp;
using FramedSockets.Tests.Support;
using FramedSockets.Transport;

namespace FramedSockets.Tests.Testing;

/// <summary>Servers and clients know no difference.</summary>
public sealed class MemoryTransportTests : CleanedUp
{
    private readonly PoisoningPool _pool = new();
    private readonly ManualTimeProvider _clock = new();
    private readonly TagCodec _codec = new();
    private readonly RecordingLog _log = new();
    private readonly MemoryTransport _network;
    private readonly TcpFrameServer<int> _server;
    private readonly TcpFrameClient<int> _client;

    public MemoryTransportTests()
    {
        _network = new(new() { Pool = _pool });
        var connection = new FrameConnectionOptions { Pool = _pool, TimeProvider = _clock };
        _server = new(_codec, Loopback.Echo, new() { Transport = _network, Connection = connection, LoggerFactory = _log });
        _client = new(_codec, new() { Transport = _network, Connection = connection });
    }

    public override async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync().Soon();
        await _pool.EnsureAllReturnedAsync();
        _log.Dispose();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(3_000_000)]
    public async Task A_server_answers_its_clients(int length)
    {
        await _server.StartAsync().Soon();
        var clients = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => _client.ConnectAsync(_server.LocalEndPoint!).Soon()));
        await Task.WhenAll(clients.Select(async (client, i) =>
        {
            var send = client.SendAsync(i, Frames.Body(length, i)).Soon();
            Assert.True(await client.WaitToReadAsync().Soon());
            Assert.True(client.TryRead(out var frame));
            Assert.Equal(i, frame.Header);
            Assert.Equal(Frames.Body(length, i), await frame.BodyReader.ReadToEnd());
            await send;
            await client.DisposeAsync().Soon();
        }));
        await Timeouts.Until(() => _server.ConnectionCount == 0);
    }

    [Fact]
    public async Task Ports_never_run_out_and_a_free_one_is_free()
    {
        await using var taken = await _network.ListenAsync(new IPEndPoint(IPAddress.Loopback, 10_001)).Soon();
        await using var free = await _network.ListenAsync(new IPEndPoint(IPAddress.Loopback, 0)).Soon();
        Assert.NotEqual(taken.EndPoint, free.EndPoint);
        for (var i = 0; i < 60_000; i++)
        {
            _ = await Assert.ThrowsAsync<SocketException>(async () => await _network.ConnectAsync(new IPEndPoint(IPAddress.Loopback, 9)));
        }
    }

    [Fact]
    public async Task Addresses_are_those_of_the_other_side()
    {
        var seen = new TaskCompletionSource<EndPoint?>();
        await using var server = new TcpFrameServer<int>(
            _codec,
            connection =>
            {
                seen.SetResult(connection.RemoteEndPoint);
                return Task.CompletedTask;
            },
            new() { Transport = _network, Connection = new() { Pool = _pool } });
        await server.StartAsync().Soon();
        await using var client = await _client.ConnectAsync(server.LocalEndPoint!).Soon();
        Assert.Equal(server.LocalEndPoint, client.RemoteEndPoint);
        Assert.Equal(client.LocalEndPoint, await seen.Task.Soon());
        Assert.NotEqual(0, ((IPEndPoint)server.LocalEndPoint!).Port);
    }

    [Fact]
    public async Task A_name_finds_whoever_listens_on_the_port_and_a_unix_socket_its_path()
    {
        await _server.StartAsync().Soon();
        await (await _client.ConnectAsync("example.org", ((IPEndPoint)_server.LocalEndPoint!).Port).Soon()).DisposeAsync().Soon();

        var path = new UnixDomainSocketEndPoint("/nowhere/at/all");
        await using var listener = await _network.ListenAsync(path);
        await using var near = await _network.ConnectAsync(path);
        await using var far = await listener.AcceptAsync().Soon();
        Assert.Equal(path, near.RemoteEndPoint);
        Assert.Null(far!.RemoteEndPoint);
    }

    [Fact]
    public async Task Nobody_listens_on_a_name_as_with_sockets()
    {
        var name = new DnsEndPoint("example.org", 5000);
        foreach (var transport in new IFrameTransport[] { _network, SocketTransport.Default })
        {
            var refusal = await Assert.ThrowsAsync<ArgumentException>("endPoint", () => transport.ListenAsync(name).Soon());
            Assert.Contains("not on a DnsEndPoint; resolve a name first", refusal.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1")]
    [InlineData("192.0.2.1", "192.0.2.1")]
    [InlineData("::1", "::1")]
    [InlineData("0.0.0.0", "127.0.0.1")]
    [InlineData("::", "127.0.0.1")]
    public async Task Behind_a_name_is_an_address_as_with_sockets(string bound, string found)
    {
        await using var listener = await _network.ListenAsync(new IPEndPoint(IPAddress.Parse(bound), 0));
        var address = new IPEndPoint(IPAddress.Parse(found), ((IPEndPoint)listener.EndPoint).Port);
        await using var near = await _network.ConnectAsync(new DnsEndPoint("example.org", address.Port));
        await using var far = await listener.AcceptAsync().Soon();
        Assert.Equal(address, near.RemoteEndPoint);
        Assert.Equal(address, far!.LocalEndPoint);
        _ = Assert.IsType<IPEndPoint>(near.LocalEndPoint);
        Assert.Equal(near.LocalEndPoint, far.RemoteEndPoint);
    }

    [Fact]
    public async Task Nobody_there_and_an_address_in_use_are_the_socket_s_own_exceptions()
    {
        await _server.StartAsync().Soon();
        var address = _server.LocalEndPoint!;
        var used = await Assert.ThrowsAsync<SocketException>(() => _network.ListenAsync(address).Soon());
        Assert.Equal(SocketError.AddressAlreadyInUse, used.SocketErrorCode);
        _ = await _server.StopAsync().Soon();
        var nobody = await Assert.ThrowsAsync<SocketException>(() => _client.ConnectAsync(address).Soon());
        Assert.Equal(SocketError.ConnectionRefused, nobody.SocketErrorCode);
        await _server.StartAsync().Soon();
    }

    [Fact]
    public async Task Whoever_was_not_accepted_yet_is_reset_when_the_listener_closes()
    {
        var listener = await _network.ListenAsync(new IPEndPoint(IPAddress.Loopback, 0));
        await using var waiting = await _network.ConnectAsync(listener.EndPoint);
        await listener.DisposeAsync();
        await listener.DisposeAsync();
        Assert.Null(await listener.AcceptAsync().Soon());
        _ = await waiting.Input.ReadAsync().Soon().Fails(FramedSocketError.ConnectionReset);
    }

    [Fact]
    public async Task A_test_plays_the_client_byte_by_byte_and_is_cut_in_mid_frame()
    {
        await _server.StartAsync().Soon();
        await using var peer = await _network.ConnectAsync(_server.LocalEndPoint!);
        foreach (var b in _codec.Frame(1, "body"u8))
        {
            _ = await peer.Output.WriteAsync(new[] { b }).Soon();
        }

        await peer.WaitForPeerAsync().Soon();
        Assert.True(peer.Input.TryRead(out var reply));
        Assert.Equal(_codec.Frame(1, "body"u8), reply.Buffer.ToArray());
        _ = await peer.Output.WriteAsync(_codec.Frame(1, "body"u8).AsMemory(0, 9)).Soon();
        peer.Abort();
        await Timeouts.Until(() => _server.ConnectionCount == 0);
        Assert.Contains("TruncatedFrame", Assert.Single(_log.Of("Failed")));
    }

    [Theory]
    [InlineData(0, FramedSocketError.HeaderTimeout, 10)]
    [InlineData(10, FramedSocketError.ReadTimeout, 6)]
    public async Task Deadlines_are_the_clock_s(int sent, FramedSocketError expected, int seconds)
    {
        await _server.StartAsync().Soon();
        await using var peer = await _network.ConnectAsync(_server.LocalEndPoint!);
        _ = await peer.Output.WriteAsync(_codec.Frame(1, Frames.Body(100)).AsMemory(0, sent)).Soon();
        await peer.WaitForPeerAsync().Soon();
        _clock.Advance(TimeSpan.FromSeconds(seconds - 1));
        Assert.False(peer.Input.TryRead(out _));
        _clock.Advance(TimeSpan.FromSeconds(1));
        _ = await peer.Input.ReadAsync().Soon().Fails(FramedSocketError.ConnectionReset);
        await Timeouts.Until(() => _server.ConnectionCount == 0);
        Assert.Contains($"{expected}", Assert.Single(_log.Of("Failed")));
    }

    [Fact]
    public Task Frames_survive_whatever_the_network_does_to_them() => Seeds.RunAsync(1, 20, async seed =>
    {
        var network = new MemoryTransport(new() { Pool = _pool, Capacity = 500, Script = new(seed) { MaxPieceLength = 50 } });
        await using var server = new TcpFrameServer<int>(_codec, Loopback.Echo, new() { Transport = network, Connection = new() { Pool = _pool } });
        await server.StartAsync().Soon();
        await using var client = await new TcpFrameClient<int>(_codec, new() { Transport = network, Connection = new() { Pool = _pool } })
            .ConnectAsync(server.LocalEndPoint!).Soon();
        for (var tag = 0; tag < 20; tag++)
        {
            await client.SendAsync(tag, Frames.Body(100 * tag, tag)).Soon();
        }

        await client.CompleteOutputAsync().Soon();
        var frames = new List<int>();
        while (await client.WaitToReadAsync().Soon())
        {
            while (client.TryRead(out var frame))
            {
                Assert.Equal(Frames.Body(100 * frame.Header, frame.Header), await frame.BodyReader.ReadToEnd());
                frames.Add(frame.Header);
            }
        }

        Assert.Equal(Enumerable.Range(0, 20), frames);
    });
}
