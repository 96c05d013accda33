using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace FramedSockets.Udp.Linux;

/// <summary>What the system tells of a socket's buffers: <c>getsockopt(SOL_SOCKET, SO_MEMINFO)</c>, which gives nine numbers.</summary>
internal static class SocketMemory
{
    private const int SocketLevel = 1;
    private const int MemoryInfo = 55;
    private const int Length = 9;
    private const int DropsIndex = 8;

    /// <summary>How many packets the socket has dropped: 32 bits, which wrap. <see langword="false"/> where the system does not tell.</summary>
    public static bool TryReadDrops(Socket socket, out uint drops)
    {
        Span<uint> numbers = stackalloc uint[Length];
        var isKnown = false;
        try
        {
            isKnown = socket.GetRawSocketOption(SocketLevel, MemoryInfo, MemoryMarshal.AsBytes(numbers)) == Length * sizeof(uint);
        }
        catch (Exception e) when (DatagramFailure.IsError(e, out _))
        {
            // It was closed, or the system is older than the option.
        }

        drops = numbers[DropsIndex];
        return isKnown;
    }
}
