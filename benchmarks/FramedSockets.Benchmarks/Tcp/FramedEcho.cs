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

    /// <summary>Waits for a number of frames.</summary>
    /// <returns>The bytes of their bodies.</returns>
    public async ValueTask<long> ReceiveAsync(int count)
    {
        var total = 0L;
        while (count > 0 && await Connection.WaitToReadAsync())
        {
            for (; count > 0 && Connection.TryRead(out var frame); count--)
            {
                total += frame.BodyLength;
            }
        }

        return total;
    }

    public async ValueTask DisposeAsync()
    {
        await Connection.DisposeAsync();
        await _server.DisposeAsync();
    }
}
