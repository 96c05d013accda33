using System.Net;
using FramedSockets.Tcp;

namespace FramedSockets.LoadServer;

/// <summary>Writes every frame back, as a user of the library would.</summary>
internal static class EchoServer
{
    private const int MaxBody = 16 * 1024 * 1024;

    public static TcpFrameServer<THeader> Create<THeader>(IHeaderCodec<THeader> codec, LoadOptions load)
    {
        var options = new TcpFrameServerOptions
        {
            EndPoint = new IPEndPoint(IPAddress.Loopback, load.Port),
            Connection = new() { Limits = new() { MaxBodyLength = MaxBody, MaxBufferedBodyLength = MaxBody } },
            DrainTimeout = TimeSpan.FromSeconds(1),
        };
        return load.Handler == "loop"
            ? new(codec, ConnectionAsync, options)
            : new(codec, FrameAsync, options);
    }

    private static ValueTask FrameAsync<THeader>(FrameConnection<THeader> connection, Frame<THeader> frame) =>
        connection.SendAsync(frame.Header, frame.Body);

    private static async Task ConnectionAsync<THeader>(FrameConnection<THeader> connection)
    {
        while (await connection.WaitToReadAsync())
        {
            while (connection.TryRead(out var frame))
            {
                connection.Write(frame.Header, frame.Body);
            }
        }
    }
}
