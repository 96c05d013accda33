using System.Net;
using System.Net.Sockets;
using FramedSockets.Tcp;

namespace FramedSockets.Tests.Support;

/// <summary>A server and its clients on the loopback interface, with one poisoning pool for all their buffers.</summary>
internal sealed class Loopback : IAsyncDisposable
{
    private readonly TcpFrameClient<int> _client;

    private Loopback(TcpFrameServer<int> server, TcpFrameClient<int> client)
    {
        Server = server;
        _client = client;
    }

    public TcpFrameServer<int> Server { get; }

    public PoisoningPool Pool { get; private init; } = new();

    public EndPoint EndPoint => Server.LocalEndPoint!;

    public static Task<Loopback> Start(TransportKind kind, FrameHandler<int> handler, Func<TcpFrameServerOptions, TcpFrameServerOptions>? with = null) =>
        Start(kind, options => new TcpFrameServer<int>(new TagCodec(), handler, options), with);

    public static Task<Loopback> Start(TransportKind kind, ConnectionHandler<int> handler, Func<TcpFrameServerOptions, TcpFrameServerOptions>? with = null) =>
        Start(kind, options => new TcpFrameServer<int>(new TagCodec(), handler, options), with);

    public static async ValueTask Echo(FrameConnection<int> connection, Frame<int> frame)
    {
        if (frame.IsStreamed)
        {
            await connection.SendAsync(frame.Header, frame.BodyReader, frame.BodyLength);
        }
        else
        {
            await connection.SendAsync(frame.Header, frame.Body);
        }
    }

    public Task<FrameConnection<int>> Connect() => _client.ConnectAsync(EndPoint).Soon();

    /// <summary>A peer that is only a socket.</summary>
    public async Task<Socket> ConnectRaw()
    {
        var socket = new Socket(EndPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(EndPoint).Soon();
        return socket;
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync().Soon();
        Assert.Equal(0, Server.ConnectionCount);
        await Pool.EnsureAllReturnedAsync();
    }

    private static async Task<Loopback> Start(
        TransportKind kind, Func<TcpFrameServerOptions, TcpFrameServer<int>> create, Func<TcpFrameServerOptions, TcpFrameServerOptions>? with)
    {
        var pool = new PoisoningPool();
        var transport = Transports.Create(kind, new() { Pool = pool, LingerTimeout = TimeSpan.FromMilliseconds(200) });
        var connection = new FrameConnectionOptions { Pool = pool };
        var options = new TcpFrameServerOptions { Transport = transport, Connection = connection };
        var server = create(with?.Invoke(options) ?? options);
        await server.StartAsync().Soon();
        return new(server, new(new TagCodec(), new() { Transport = transport, Connection = connection })) { Pool = pool };
    }
}
