using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace FramedSockets.Transport;

/// <summary>
/// How much of what was sent the peer has acknowledged. A send only says when the system has taken all of it, and the system
/// may hold megabytes: only this tells a slow link from a peer that takes nothing. Not to be copied.
/// </summary>
internal struct AcknowledgedBytes
{
    // getsockopt(IPPROTO_TCP, TCP_INFO): tcpi_bytes_acked is the 64-bit number at byte 120 (linux/tcp.h, Linux 4.1 and later).
    private const int TcpLevel = 6;
    private const int TcpInfo = 11;
    private const int Offset = 120;
    private long? _last;

    /// <summary>Reads the number; <see langword="null"/> where the system does not say. One caller at a time; never throws.</summary>
    public long? Read(Socket socket)
    {
        if (!OperatingSystem.IsLinux() || socket.ProtocolType != ProtocolType.Tcp)
        {
            return null;
        }

        Span<byte> info = stackalloc byte[Offset + sizeof(long)];
        try
        {
            if (socket.GetRawSocketOption(TcpLevel, TcpInfo, info) < info.Length)
            {
                return null;
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It was closed meanwhile: nothing more will be taken.
            return _last;
        }

        return _last = MemoryMarshal.Read<long>(info[Offset..]);
    }
}
