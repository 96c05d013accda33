using System.Net;
using System.Net.Sockets;
using FramedSockets.Tcp;

namespace FramedSockets.Tests.Support;

/// <summary>A server and its clients on the loopback interface, with one poisoning pool for all their buffers.</summary>
internal sealed class Loopback : IAsyncDisposable
{
    private readonly PoisonedOptions _options;
    private readonly TcpFrameClient<int> _client;

    private Loopback(TcpFrameServer<int> server, PoisonedOptions options)
    {
        Server = server;
        _options = options;
        _client = new(new TagCodec(), options.Client);
    }

    public TcpFrameServer<int> Server { get; }

    /// <summary>For a client of one's own.</summary>
    public TcpFrameClientOptions ClientOptions => _options.Client;

    public PoisoningPool Pool => _options.Pool;

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
        await _options.DisposeAsync();
    }

    private static async Task<Loopback> Start(
        TransportKind kind, Func<TcpFrameServerOptions, TcpFrameServer<int>> create, Func<TcpFrameServerOptions, TcpFrameServerOptions>? with)
    {
        var options = new PoisonedOptions(kind);
        var server = create(with?.Invoke(options.Server) ?? options.Server);
        await server.StartAsync().Soon();
        return new(server, options);
    }
}
