using System.Net;
using FramedSockets.Linux;
using FramedSockets.Tcp;
using FramedSockets.Transport;

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
            Transport = Transport(load.Transport, new() { Backlog = load.Backlog }),
            DrainTimeout = TimeSpan.FromSeconds(1),
        };
        return load.Handler == "loop"
            ? new(codec, ConnectionAsync, options)
            : new(codec, FrameAsync, options);
    }

    private static IFrameTransport Transport(string name, SocketTransportOptions sockets)
    {
        if (name == "sockets")
        {
            return new SocketTransport(sockets);
        }

        return LinuxTransport.IsSupported
            ? new LinuxTransport(new() { Sockets = sockets, Scheduling = name == "linux" ? LinuxScheduling.ThreadPool : LinuxScheduling.Inline })
            : throw new PlatformNotSupportedException("This transport needs Linux.");
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
