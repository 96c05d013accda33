using System.Net;
using FramedSockets.Linux;
using FramedSockets.Tcp;
using FramedSockets.Transport;

namespace FramedSockets.LoadServer;

/// <summary>Writes every frame back, or to everybody, as a user of the library would.</summary>
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
            Deadlines = load.Deadlines,
            DrainTimeout = TimeSpan.FromSeconds(1),
        };
        return load.Handler switch
        {
            "loop" => new(codec, ConnectionAsync, options),
            "group" => new(codec, new GroupBroadcast<THeader>(codec, load.Slow).ConnectionAsync, ForMany(options)),
            "each" => new(codec, new EachBroadcast<THeader>(load.Slow).ConnectionAsync, ForMany(options)),
            _ => new(codec, FrameAsync, options),
        };
    }

    /// <summary>More connections than by default, of which most only listen, and one may not read for as long as it likes.</summary>
    private static TcpFrameServerOptions ForMany(TcpFrameServerOptions options) => options with
    {
        Admission = new() { MaxConnections = 20_000 },
        Deadlines = FrameDeadlines.None,
    };

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
