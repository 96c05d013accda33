using System.Net;
using System.Net.Sockets;
using System.Text;
using FramedSockets.Tcp;
using FramedSockets.Tests.Support;

namespace FramedSockets.Tests.Tcp;

/// <summary>Who is let in, how many, and whose word about an address counts.</summary>
public abstract class AdmissionTests(TransportKind kind) : IDisposable
{
    public sealed class OverSockets() : AdmissionTests(TransportKind.Sockets);

    public sealed class OverLinux() : AdmissionTests(TransportKind.Linux);

    public sealed class OverLinuxInline() : AdmissionTests(TransportKind.LinuxInline);

    private static readonly IPNetwork Here = IPNetwork.Parse("127.0.0.0/8");
    private static readonly IPNetwork Elsewhere = IPNetwork.Parse("203.0.113.0/24");
    private readonly ManualTimeProvider _clock = new();
    private readonly TagCodec _codec = new();
    private readonly ServerCounts _counts = new();
    private readonly RecordingLog _log = new();

    public void Dispose()
    {
        _counts.Dispose();
        _log.Dispose();
    }

    [Fact]
    public async Task Only_who_is_allowed_and_not_denied_is_let_in()
    {
        await AssertServed(new() { Allowed = [Elsewhere, Here] });
        await AssertServed(new() { Denied = [Elsewhere] });
        await AssertRefused(new() { Allowed = [Elsewhere] }, FramedSocketError.AddressDenied);
        await AssertRefused(new() { Denied = [Here] }, FramedSocketError.AddressDenied);
        await AssertRefused(new() { Allowed = [Here], Denied = [IPNetwork.Parse("127.0.0.1/32")] }, FramedSocketError.AddressDenied);
    }

    [Fact]
    public async Task An_address_has_no_more_connections_than_it_may()
    {
        await using var loopback = await Start(new() { MaxConnectionsPerAddress = 1 });
        var first = await loopback.Connect();
        await Echo(first);
        await AssertRefused(loopback);

        await Timeouts.Until(() => _counts.Of(loopback.EndPoint, "connections.refused TooManyConnections") == 1);
        await first.DisposeAsync().Soon();
        await Timeouts.Until(() => loopback.Server.ConnectionCount == 0);
        await using var third = await loopback.Connect();
        await Echo(third);
    }

    [Fact]
    public async Task Those_refused_are_counted_one_by_one_and_spoken_of_once_a_minute()
    {
        await using var loopback = await Start(new() { Denied = [Here] });
        for (var i = 1; i <= 20; i++)
        {
            await AssertRefused(loopback);
            await Timeouts.Until(() => _counts.Of(loopback.EndPoint, "connections.refused AddressDenied") == i);
        }

        _ = Assert.Single(_log.Of("Refused"));
        _clock.Advance(TimeSpan.FromMinutes(1));
        await AssertRefused(loopback);
        await Timeouts.Until(() => _log.Of("Refused").Count == 2);
        Assert.StartsWith("20 connections", _log.Of("Refused")[1]);
    }

    [Theory]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.7 56324 443\r\n", "192.0.2.1:56324", "198.51.100.7:443")]
    [InlineData("PROXY UNKNOWN\r\n", null, null)]
    public async Task A_trusted_proxy_says_whom_it_speaks_for(string line, string? remote, string? local)
    {
        var seen = new TaskCompletionSource<FrameConnection<int>>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var loopback = await Start(new() { TrustedProxies = [Here] }, connection => seen.SetResult(connection));
        using var peer = await loopback.ConnectRaw();
        byte[] bytes = [.. Encoding.ASCII.GetBytes(line), .. _codec.Frame(7, "body"u8)];
        _ = await peer.SendAsync(bytes.AsMemory(0, 9)).Soon();
        _ = await peer.SendAsync(bytes.AsMemory(9)).Soon();
        var reply = new byte[12];
        await new NetworkStream(peer).ReadExactlyAsync(reply).Soon();
        Assert.Equal(_codec.Frame(7, "body"u8), reply);
        var connection = await seen.Task.Soon();
        Assert.Equal(remote ?? peer.LocalEndPoint!.ToString(), connection.RemoteEndPoint!.ToString());
        Assert.Equal(local ?? peer.RemoteEndPoint!.ToString(), connection.LocalEndPoint!.ToString());
    }

    [Fact]
    public async Task Nobody_else_is_believed()
    {
        await using var loopback = await Start(new() { TrustedProxies = [Elsewhere] });
        using var liar = await loopback.ConnectRaw();
        _ = await liar.SendAsync("PROXY TCP4 192.0.2.1 198.51.100.7 56324 443\r\n"u8.ToArray()).Soon();
        Assert.True(await IsClosed(liar));
        await using var client = await loopback.Connect();
        await Echo(client);
    }

    [Fact]
    public async Task The_lists_hold_for_the_client_and_not_for_its_proxy()
    {
        await using var loopback = await Start(new() { TrustedProxies = [Here], Denied = [Elsewhere, Here] });
        using (var bad = await loopback.ConnectRaw())
        {
            _ = await bad.SendAsync("PROXY TCP4 203.0.113.9 198.51.100.7 1 2\r\n"u8.ToArray()).Soon();
            Assert.True(await IsClosed(bad));
        }

        await AssertNotOpened(loopback, FramedSocketError.AddressDenied);
        Assert.Contains("from 203.0.113.9:1 was", Assert.Single(_log.Of("NotOpened")));
        using var good = await loopback.ConnectRaw();
        _ = await good.SendAsync((byte[])[.. "PROXY TCP4 192.0.2.1 198.51.100.7 1 2\r\n"u8, .. _codec.Frame(1, [])]).Soon();
        await new NetworkStream(good).ReadExactlyAsync(new byte[8]).Soon();
    }

    [Fact]
    public async Task A_proxy_that_looks_whether_the_server_is_there_is_let_in_whatever_the_lists_say()
    {
        await using var loopback = await Start(new() { TrustedProxies = [Here], Allowed = [Elsewhere], MaxConnectionsPerAddress = 1 });
        byte[] local = [.. "\r\n\r\n\0\r\nQUIT\n"u8, 0x20, 0, 0, 0];
        for (var i = 0; i < 2; i++)
        {
            using var good = await loopback.ConnectRaw();
            _ = await good.SendAsync((byte[])[.. local, .. _codec.Frame(1, [])]).Soon();
            await new NetworkStream(good).ReadExactlyAsync(new byte[8]).Soon();
        }

        using var bad = await loopback.ConnectRaw();
        _ = await bad.SendAsync("PROXY UNKNOWN\r\n"u8.ToArray()).Soon();
        Assert.True(await IsClosed(bad));
        await AssertNotOpened(loopback, FramedSocketError.AddressDenied);
    }

    [Theory]
    [InlineData("no header at all", false)]
    [InlineData("PROXY TCP4 192.0", true)]
    [InlineData("", true)]
    public async Task A_proxy_without_a_header_is_closed(string bytes, bool ends)
    {
        await using var loopback = await Start(new() { TrustedProxies = [Here] });
        using var peer = await loopback.ConnectRaw();
        _ = await peer.SendAsync(Encoding.ASCII.GetBytes(bytes)).Soon();
        if (ends)
        {
            peer.Shutdown(SocketShutdown.Send);
        }

        Assert.True(await IsClosed(peer));
        await AssertNotOpened(loopback, FramedSocketError.MalformedProxyHeader);
    }

    [Fact]
    public async Task A_proxy_has_ten_seconds_for_its_header()
    {
        await using var loopback = await Start(new() { TrustedProxies = [Here] });
        using var peer = await loopback.ConnectRaw();
        await Timeouts.Until(() => loopback.Server.ConnectionCount == 1);
        for (var second = 0; second < 9; second++)
        {
            _ = await peer.SendAsync(new[] { (byte)"PROXY TCP4 "[second] }).Soon();
            _clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(1, loopback.Server.ConnectionCount);
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.True(await IsClosed(peer));
        await AssertNotOpened(loopback, FramedSocketError.HandshakeTimeout);
    }

    [Fact]
    public async Task No_more_than_so_many_are_in_their_handshake_at_once()
    {
        await using var loopback = await Start(new() { TrustedProxies = [Here], MaxHandshakes = 2 });
        var waiting = new List<Socket>();
        for (var i = 1; i <= 2; i++)
        {
            waiting.Add(await loopback.ConnectRaw());
            await Timeouts.Until(() => loopback.Server.ConnectionCount == i);
        }

        await AssertRefused(loopback);

        await Timeouts.Until(() => _counts.Of(loopback.EndPoint, "connections.refused TooManyConnections") == 1);
        _ = await waiting[0].SendAsync((byte[])[.. "PROXY UNKNOWN\r\n"u8, .. _codec.Frame(1, [])]).Soon();
        await new NetworkStream(waiting[0]).ReadExactlyAsync(new byte[8]).Soon();
        using var fourth = await loopback.ConnectRaw();
        await Timeouts.Until(() => loopback.Server.ConnectionCount == 3);
        waiting.ForEach(peer => peer.Dispose());
    }

    [Fact]
    public async Task A_stop_does_not_wait_for_a_handshake()
    {
        await using var loopback = await Start(new() { TrustedProxies = [Here] });
        using var peer = await loopback.ConnectRaw();
        await Timeouts.Until(() => loopback.Server.ConnectionCount == 1);
        var report = await loopback.Server.StopAsync().Soon();
        Assert.Empty(report.Cut);
        Assert.True(await IsClosed(peer));
    }

    private static async Task Echo(FrameConnection<int> client)
    {
        await client.SendAsync(1, Frames.Body(10)).Soon();
        Assert.True(await client.WaitToReadAsync().Soon());
        Assert.True(client.TryRead(out _));
    }

    private static async Task<bool> IsClosed(Socket peer)
    {
        try
        {
            return await peer.ReceiveAsync(new byte[1]).Soon() == 0;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode == SocketError.ConnectionReset;
        }
    }

    private static async Task AssertRefused(Loopback loopback)
    {
        try
        {
            // The reset may come before the connect has been seen to succeed.
            using var peer = await loopback.ConnectRaw();
            Assert.True(await IsClosed(peer));
        }
        catch (SocketException e)
        {
            Assert.Equal(SocketError.ConnectionReset, e.SocketErrorCode);
        }
    }

    private async Task AssertServed(ServerAdmission admission)
    {
        await using var loopback = await Start(admission);
        await using var client = await loopback.Connect();
        await Echo(client);
    }

    private async Task AssertRefused(ServerAdmission admission, FramedSocketError error)
    {
        await using var loopback = await Start(admission);
        var refused = $"connections.refused {error}";
        // The system may give this server the port of the one before.
        var before = _counts.Of(loopback.EndPoint, refused);
        await AssertRefused(loopback);
        await Timeouts.Until(() => _counts.Of(loopback.EndPoint, refused) == before + 1);
    }

    private async Task AssertNotOpened(Loopback loopback, FramedSocketError error)
    {
        await Timeouts.Until(() => loopback.Server.ConnectionCount == 0);
        await Timeouts.Until(() => _counts.Of(loopback.EndPoint, $"connections.ended {error}") == 1);
        Assert.Contains(error.ToString(), Assert.Single(_log.Of("NotOpened")));
    }

    private Task<Loopback> Start(ServerAdmission admission, Action<FrameConnection<int>>? onOpened = null) => Loopback.Start(
        kind,
        connection =>
        {
            onOpened?.Invoke(connection);
            return FrameLoop.RunAsync(connection, Loopback.Echo);
        },
        options => options with { Admission = admission, Connection = options.Connection with { TimeProvider = _clock }, LoggerFactory = _log });
}
