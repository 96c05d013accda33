using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace FramedSockets.Udp.Linux;

/// <summary>What the system tells of a socket's buffers: <c>getsockopt(SOL_SOCKET, SO_MEMINFO)</c>, which gives nine numbers.</summary>
internal static class SocketMemory
{
    private const int SocketLevel = 1;
    private const int MemoryInfo = 55;
    private const int Length = 9;
    private const int SentIndex = 2;
    private const int SendBufferIndex = 3;
    private const int DropsIndex = 8;

    /// <summary>How many packets the socket has dropped: 32 bits, which wrap. <see langword="false"/> where the system does not tell.</summary>
    public static bool TryReadDrops(Socket socket, out uint drops)
    {
        Span<uint> numbers = stackalloc uint[Length];
        var isKnown = TryRead(socket, numbers);
        drops = numbers[DropsIndex];
        return isKnown;
    }

    /// <summary>How many bytes may be sent until the send buffer is half full; 0 or less where it is, or the system does not tell.</summary>
    public static long ReadSendRoom(Socket socket)
    {
        Span<uint> numbers = stackalloc uint[Length];
        return TryRead(socket, numbers) ? (numbers[SendBufferIndex] / 2) - (long)numbers[SentIndex] : 0;
    }

    private static bool TryRead(Socket socket, Span<uint> numbers)
    {
        try
        {
            return socket.GetRawSocketOption(SocketLevel, MemoryInfo, MemoryMarshal.AsBytes(numbers)) == Length * sizeof(uint);
        }
        catch (Exception e) when (DatagramFailure.IsError(e, out _))
        {
            return false;
        }
    }
}
