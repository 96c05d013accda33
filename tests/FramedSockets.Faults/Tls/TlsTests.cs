using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using FramedSockets.Faults.Child;
using FramedSockets.Faults.Support;
using FramedSockets.Tcp;
using FramedSockets.Tests.Support;

namespace FramedSockets.Faults.Tls;

/// <summary>Peers that attack TLS, or stall in it, and much that goes through it.</summary>
public sealed class TlsTests
{
    [Case("A26")]
    public async Task Whoever_speaks_no_TLS_ends_only_his_own_connection()
    {
        await using var server = await ServerProcess.StartAsync(new() { IsTls = true });
        await using var bystander = await ConnectAsync(server);
        byte[][] rows =
        [
            Convert.FromHexString("1603010000"), Convert.FromHexString("0001010303"), "GET / HTTP/1.0\r\n\r\n"u8.ToArray(),
            RandomNumberGenerator.GetBytes(65_536), Wire.Head("echo", 0),
        ];
        for (var i = 0; i < rows.Length; i++)
        {
            using (var peer = await Clients.ConnectRawAsync(server.EndPoint))
            {
                _ = await peer.SendAsync(rows[i]).Soon();
                peer.Shutdown(SocketShutdown.Send);
                _ = await peer.ReadToEndAsync();
            }

            _ = await server.UntilAsync(state => state.Connections == 1);
            Assert.Equal(i + 1, await server.CountAsync("connections.ended HandshakeFailed"));
            await bystander.AssertEchoAsync();
            await using var good = await ConnectAsync(server);
            await good.AssertEchoAsync();
        }

        Assert.Equal(0, await server.CountAsync("connections.refused TooManyConnections"));
        Figures.Record("A26", $"{rows.Length} of {rows.Length} HandshakeFailed, nobody else ended");
    }

    [Case("A27")]
    public async Task Certificates_are_checked_and_the_versions_are_new()
    {
        await using var server = await ServerProcess.StartAsync(new() { IsTls = true });
        var unsure = new TcpFrameClient<Order>(Wire.Codec, Clients.Options(TransportKind.Sockets) with { Tls = new() { TargetHost = "localhost" } });
        var refused = await Assert.ThrowsAsync<FramedSocketException>(() => unsure.ConnectAsync(server.EndPoint).Soon());
        Assert.Equal(FramedSocketError.CertificateRefused, refused.Error);
        await using var good = await ConnectAsync(server);
        await good.AssertEchoAsync();
        Assert.Contains(good.Tls!.Protocol.ToString(), new[] { "Tls12", "Tls13" });
        Figures.Record("A27", $"an authority nobody knows refused; {good.Tls.Protocol} agreed on");
    }

    [Case("A28")]
    public async Task A_raw_end_in_mid_body_is_a_truncated_frame()
    {
        await using var server = await ServerProcess.StartAsync(new() { IsTls = true });
        using (var peer = await Clients.ConnectRawAsync(server.EndPoint))
        {
            await using var tls = new SslStream(new NetworkStream(peer));
            await tls.AuthenticateAsClientAsync(server.Tls()).Soon();
            await tls.WriteAsync((byte[])[.. Wire.Head("keep", 1000), .. new byte[100]]).Soon();
            peer.Shutdown(SocketShutdown.Send);
            _ = await server.UntilAsync(state => state.Connections == 0);
        }

        Assert.Equal(1, await server.CountAsync("connections.ended TruncatedFrame"));
        Assert.Equal(0, (await server.LookAsync()).Frames);
        await using var good = await ConnectAsync(server);
        await good.AssertEchoAsync();
        Figures.Record("A28", $"TruncatedFrame, 0 frames delivered");
    }

    [Case("R48", IsLong = true)]
    public async Task Stalled_handshakes_end_after_ten_seconds_and_hold_nobody_up()
    {
        const int Stalled = 200;
        await using var server = await ServerProcess.StartAsync(new() { IsTls = true });
        await using (var warm = await ConnectAsync(server))
        {
            await warm.AssertEchoAsync();
        }

        var stalled = Enumerable.Range(0, Stalled).Select(_ => StallAsync(server)).ToArray();
        var longest = TimeSpan.Zero;
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        var good = new List<Task<TimeSpan>>();
        while (good.Count < 500)
        {
            good.Add(ServeAsync(server));
            _ = await timer.WaitForNextTickAsync();
        }

        longest = (await Task.WhenAll(good)).Max();
        var ends = (await Task.WhenAll(stalled)).Select(end => end.TotalSeconds).Order().ToArray();
        _ = await server.UntilAsync(state => state.Connections == 0);
        Assert.Equal(Stalled, await server.CountAsync("connections.ended HandshakeTimeout"));
        Scale.AssertWithin(TimeSpan.FromSeconds(1), longest, "A good handshake and an echo");
        Assert.InRange(ends[0], 9, 11.1);
        Assert.InRange(ends[^1], 9, 11.1);
        Figures.Record("R48", $"{Stalled} stalled ended after {ends[0]:N2} to {ends[^1]:N2} s; {good.Count} good ones beside them, 50 a second, within {longest.TotalMilliseconds:N0} ms each");
    }

    [Case("R49")]
    public async Task A_gibibyte_goes_through_unchanged()
    {
        const int Connections = 8;
        var (frames, length) = (16, Scale.Of(8 * 1024 * 1024, 2 * 1024 * 1024));
        await using var server = await ServerProcess.StartAsync(new() { IsTls = true });
        var start = TimeProvider.System.GetTimestamp();
        await Crowd.RunAsync(Connections, Connections, async i =>
        {
            await using var connection = await ConnectAsync(server);
            var body = Wire.Body(length, i);
            var expected = SHA256.HashData(body);
            for (var frame = 0; frame < frames; frame++)
            {
                var send = connection.SendAsync(new("echo", i), body).AsTask();
                var reply = await connection.ReadAsync().Soon();
                Assert.Equal(expected, await SHA256.HashDataAsync(reply.BodyReader.AsStream()).AsTask().WaitAsync(TimeSpan.FromMinutes(1)));
                await send.Soon();
            }
        });
        var seconds = TimeProvider.System.GetElapsedTime(start).TotalSeconds;
        var total = (long)Connections * frames * length;
        Figures.Record("R49", $"{total / 1048576:N0} MiB each way over {Connections} connections in {seconds:N1} s, every SHA-256 equal");
    }

    private static Task<FrameConnection<Order>> ConnectAsync(ServerProcess server) =>
        new TcpFrameClient<Order>(Wire.Codec, Clients.Options(TransportKind.Sockets) with { Tls = server.Tls() }).ConnectAsync(server.EndPoint).Soon();

    private static async Task<TimeSpan> ServeAsync(ServerProcess server)
    {
        var start = TimeProvider.System.GetTimestamp();
        await using var connection = await ConnectAsync(server);
        await connection.AssertEchoAsync();
        return TimeProvider.System.GetElapsedTime(start);
    }

    /// <summary>Begins a handshake and falls silent; says how long the server bore with it.</summary>
    private static async Task<TimeSpan> StallAsync(ServerProcess server)
    {
        using var peer = await Clients.ConnectRawAsync(server.EndPoint);
        var start = TimeProvider.System.GetTimestamp();
        _ = await peer.SendAsync(Convert.FromHexString("16030100")).Soon();
        _ = await peer.ReadToEndAsync();
        return TimeProvider.System.GetElapsedTime(start);
    }
}
