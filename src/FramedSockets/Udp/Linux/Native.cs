using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace FramedSockets.Udp.Linux;

/// <summary>
/// The system calls that <see cref="Socket"/> does not offer, and their constants, which are the same on x64 and arm64. A call
/// that fails gives -1 and leaves its error number in <see cref="Marshal.GetLastPInvokeError"/>.
/// </summary>
internal static unsafe partial class Native
{
    public const int DontWait = 0x40;
    public const int NoSignal = 0x4000;
    public const int Truncated = 0x20;
    public const int UdpLevel = 17;
    public const int UdpSegment = 103;
    public const int UdpReceiveOffload = 104;

    [LibraryImport("libc", EntryPoint = "recvmmsg", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int ReceiveMessages(SafeSocketHandle socket, Message* messages, uint count, int flags, nint timeout);

    [LibraryImport("libc", EntryPoint = "sendmmsg", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int SendMessages(SafeSocketHandle socket, Message* messages, uint count, int flags);

    [LibraryImport("libc", EntryPoint = "sendto", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial nint SendTo(SafeSocketHandle socket, byte* bytes, nuint length, int flags, byte* address, uint addressLength);
}
