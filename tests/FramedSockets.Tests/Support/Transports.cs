using FramedSockets.Linux;
using FramedSockets.Transport;

namespace FramedSockets.Tests.Support;

/// <summary>The transports that suites run over.</summary>
internal static class Transports
{
    /// <summary>One of them; off Linux the portable one in place of the others, which is said.</summary>
    public static IFrameTransport Create(TransportKind kind, SocketTransportOptions? options = null)
    {
        options ??= SocketTransportOptions.Default;
        if (kind == TransportKind.Sockets)
        {
            return new SocketTransport(options);
        }

        if (!LinuxTransport.IsSupported)
        {
            Console.WriteLine("skipped: the Linux transport needs Linux; this ran over the portable one instead");
            return new SocketTransport(options);
        }

        var scheduling = kind == TransportKind.Linux ? LinuxScheduling.ThreadPool : LinuxScheduling.Inline;
        return new LinuxTransport(new() { Sockets = options, Scheduling = scheduling, LoopCount = 2 });
    }
}
