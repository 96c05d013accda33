using System.Net.Sockets;

namespace FramedSockets.Transport;

/// <summary>
/// How many bytes make a socket readable: <c>SO_RCVLOWAT</c> of socket(7). Where receives that are put off keep finding their bytes, nobody
/// waits to be told of those, but each that arrive would wake the thread that polls. So the mark is high until a receive waits again. Not to be copied.
/// </summary>
internal struct LowWaterMark
{
    /// <summary>More than that wakes the thread after all. The system may take less, half of the receive buffer, and may enlarge that.</summary>
    private const int High = 64 * 1024;

    private const int Low = 1;

    /// <summary>How many receives in a row find their bytes before it is raised: it takes a system call, and lowering it another.</summary>
    private const int ManyTimes = 8;

    private byte _times;
    private bool _isHigh;
    private bool _isRefused;

    /// <summary>Whether lowering the mark tells of bytes that are there already, or a receive that waits would miss what came just before.</summary>
    /// <remarks>Linux does so (tcp_set_rcvlowat in net/ipv4/tcp.c). Versions before 5.8 and other systems, which were not looked at, keep their mark.</remarks>
    private static bool IsHeeded { get; } = OperatingSystem.IsLinux() && Environment.OSVersion.Version >= new Version(5, 8);

    /// <summary>Whether it is high. Who does not receive himself may read it late.</summary>
    public readonly bool IsHigh => _isHigh;

    /// <summary>A receive that was put off has found its bytes. Not while one waits.</summary>
    public void NoteFound(Socket socket)
    {
        if (_isHigh || _isRefused || ++_times < ManyTimes)
        {
            return;
        }

        _times = 0;
        _isHigh = IsHeeded && socket.ProtocolType == ProtocolType.Tcp && TrySet(socket, High);
        _isRefused = !_isHigh;
    }

    /// <summary>A receive waits: from now on, each byte tells.</summary>
    public void NoteWait(Socket socket)
    {
        _times = 0;
        if (_isHigh && !TrySet(socket, Low))
        {
            // It could be raised, so it is the socket that has ended; if not, it does now, and with it the receive.
            socket.Dispose();
        }

        _isHigh = false;
    }

    /// <summary>Lowers it for who receives otherwise, once the connection's reader is completed. A socket that is closed is left alone.</summary>
    public static void Lower(Socket socket) => _ = TrySet(socket, Low);

    private static bool TrySet(Socket socket, int mark)
    {
        try
        {
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReceiveLowWater, mark);
            return true;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return false;
        }
    }
}
