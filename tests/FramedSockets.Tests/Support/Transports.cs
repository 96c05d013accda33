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
        if (ToUsable(kind) == TransportKind.Sockets || !LinuxTransport.IsSupported)
        {
            return new SocketTransport(options);
        }

        var scheduling = kind == TransportKind.Linux ? LinuxScheduling.ThreadPool : LinuxScheduling.Inline;
        return new LinuxTransport(new() { Sockets = options, Scheduling = scheduling, LoopCount = 2 });
    }

    /// <summary>What <see cref="Create"/> will make of one.</summary>
    public static TransportKind ToUsable(TransportKind kind)
    {
        if (kind == TransportKind.Sockets || LinuxTransport.IsSupported)
        {
            return kind;
        }

        Console.WriteLine("skipped: the Linux transport needs Linux; this ran over the portable one instead");
        return TransportKind.Sockets;
    }
}
