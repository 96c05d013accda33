using System.Buffers;
using System.Net;
using System.Net.Sockets;
using FramedSockets.Tcp;
using FramedSockets.Tests.Support;

namespace FramedSockets.Faults.Support;

/// <summary>Those who connect to a server.</summary>
internal static class Clients
{
    private static readonly PoisonedOptions OverSockets = new(TransportKind.Sockets);
    private static readonly PoisonedOptions OverLinux = new(TransportKind.Linux);

    public static TcpFrameClientOptions Options(TransportKind kind) => (kind == TransportKind.Sockets ? OverSockets : OverLinux).Client;

    /// <summary>What all buffers of those clients are of.</summary>
    public static PoisoningPool Pool(TransportKind kind) => (kind == TransportKind.Sockets ? OverSockets : OverLinux).Pool;

    public static Task<FrameConnection<Order>> ConnectAsync(EndPoint server, TransportKind kind = TransportKind.Sockets) =>
        ConnectAsync(server, Options(kind));

    public static Task<FrameConnection<Order>> ConnectAsync(EndPoint server, TcpFrameClientOptions options) =>
        new TcpFrameClient<Order>(Wire.Codec, options).ConnectAsync(server).Soon();

    /// <summary>Asserts that all buffers of all of them are back.</summary>
    public static async Task AssertAllReturnedAsync()
    {
        await OverSockets.DisposeAsync();
        await OverLinux.DisposeAsync();
    }

    /// <summary>A peer that is only a socket.</summary>
    public static async Task<Socket> ConnectRawAsync(EndPoint server)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server).Soon();
        return socket;
    }

    /// <summary>A peer that is only a socket; <see langword="null"/> where it was refused before it was connected.</summary>
    public static async Task<Socket?> TryConnectRawAsync(EndPoint server)
    {
        try
        {
            return await ConnectRawAsync(server);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
        {
            return null;
        }
    }

    /// <summary>Asserts that a good client is served; says how long it took, connecting included.</summary>
    public static async Task<TimeSpan> AssertServedAsync(EndPoint server)
    {
        var start = TimeProvider.System.GetTimestamp();
        await using var connection = await ConnectAsync(server);
        await connection.AssertEchoAsync();
        return TimeProvider.System.GetElapsedTime(start);
    }

    /// <summary>Asserts that a frame comes back.</summary>
    public static async Task AssertEchoAsync(this FrameConnection<Order> connection, int length = 10, int seed = 1)
    {
        var body = Wire.Body(length, seed);
        await connection.SendAsync(new("echo", seed), body).Soon();
        var frame = await connection.ReadAsync().Soon();
        Assert.Equal((seed, length), (frame.Header.Id, frame.BodyLength));
        Assert.Equal(body, frame.Body.ToArray());
    }

    /// <summary>Reads until the peer is gone, however it goes; says how many bytes came.</summary>
    public static async Task<long> ReadToEndAsync(this Socket socket)
    {
        var (buffer, total) = (new byte[65_536], 0L);
        try
        {
            while (await socket.ReceiveAsync(buffer).Soon() is > 0 and var count)
            {
                total += count;
            }
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
        {
            // As good an end as any.
        }

        return total;
    }

    /// <summary>Leaves with a reset.</summary>
    public static void Reset(this Socket socket)
    {
        socket.LingerState = new(true, 0);
        socket.Dispose();
    }
}
