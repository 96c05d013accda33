using System.Net.Sockets;
using System.Runtime.InteropServices;
using FramedSockets.Udp.Linux;

namespace FramedSockets.Udp;

/// <summary>What moves an endpoint's datagrams: the system's calls for many at once where they are known, one at a time elsewhere.</summary>
internal sealed record DatagramPlumbing(Socket Socket, IDatagramSource Source, IDatagramSink Sink)
{
    public static DatagramPlumbing Create(Socket socket, UdpDatagramOptions options, DatagramStatistics statistics)
    {
        var plain = new PlainSink(socket);
        if (options.BatchLength == 1 || !OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture is not (Architecture.X64 or Architecture.Arm64))
        {
            return new(socket, new PlainSource(socket, statistics, options.MaxDatagramLength), plain);
        }

        var usesOffload = options.UseOffload && socket.AddressFamily != AddressFamily.Unix;
        return new(
            socket,
            new LinuxSource(socket, statistics, options, usesOffload && TrySet(socket, Native.UdpReceiveOffload, 1)),
            new LinuxSink(socket, plain, usesOffload && TrySet(socket, Native.UdpSegment, 0)));
    }

    /// <summary>Whether the kernel knows an option; one that does not has no offload of that kind.</summary>
    private static bool TrySet(Socket socket, int option, int value)
    {
        try
        {
            socket.SetRawSocketOption(Native.UdpLevel, option, MemoryMarshal.AsBytes([value]));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
