using FramedSockets.Codecs;
using FramedSockets.Tcp;

namespace FramedSockets.Benchmarks.Tcp;

/// <summary>An echo server with a handler per frame, and one connection to it.</summary>
internal sealed class FramedEcho : IAsyncDisposable
{
    private readonly TcpFrameServer<NoHeader> _server = new(new LengthPrefixCodec(), static (connection, frame) => connection.SendAsync(frame.Body));

    public FrameConnection<NoHeader> Connection { get; private set; } = null!;

    public async Task StartAsync()
    {
        await _server.StartAsync();
        Connection = await new TcpFrameClient<NoHeader>(new LengthPrefixCodec()).ConnectAsync(_server.LocalEndPoint!);
    }

    public async ValueTask DisposeAsync()
    {
        await Connection.DisposeAsync();
        await _server.DisposeAsync();
    }
}
