using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace FramedSockets.Transport;

/// <summary>
/// Linux's <c>sendfile</c>, which <see cref="Socket"/> offers for whole files by name and for streams that were opened for asynchronous use only,
/// and which it does not let one ask whether the file or the peer has failed. Its error numbers are the same on all 64-bit systems that .NET runs on.
/// </summary>
internal static unsafe partial class FileSend
{
    private const int Interrupted = 4;
    private const int TryAgain = 11;

    /// <summary>Whether the system has it, with offsets of 64 bits.</summary>
    private static readonly bool IsSupported = OperatingSystem.IsLinux() && Environment.Is64BitProcess;

    /// <inheritdoc cref="IFileOutput.TrySendFile"/>
    public static int TrySend(Socket socket, SafeFileHandle file, long offset, int length)
    {
        try
        {
            return IsSupported ? Send(socket.SafeHandle, file, offset, length) : -1;
        }
        catch (ObjectDisposedException)
        {
            return file.IsClosed ? -1 : throw SocketFailure.Aborted();
        }
    }

    private static int Send(SafeSocketHandle socket, SafeFileHandle file, long offset, int length)
    {
        while (true)
        {
            // A socket that has sent asynchronously, as every one has here, does not block.
            var sent = SendFile(socket, file, &offset, (nuint)length);
            if (sent >= 0)
            {
                return sent > 0 ? (int)sent : -1;
            }

            switch (Marshal.GetLastPInvokeError())
            {
                case Interrupted:
                    continue;
                case TryAgain:
                    return 0;
                case var error:
                    return ToSocketError(error) is { } failure ? throw SocketFailure.ToException(failure) : -1;
            }
        }
    }

    /// <summary>What the system says of a connection only, and not of a file.</summary>
    private static SocketError? ToSocketError(int error) => error switch
    {
        32 => SocketError.Shutdown,
        100 => SocketError.NetworkDown,
        101 => SocketError.NetworkUnreachable,
        103 => SocketError.ConnectionAborted,
        104 => SocketError.ConnectionReset,
        110 => SocketError.TimedOut,
        112 => SocketError.HostDown,
        113 => SocketError.HostUnreachable,
        _ => null,
    };

    [LibraryImport("libc", EntryPoint = "sendfile", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint SendFile(SafeSocketHandle socket, SafeFileHandle file, long* offset, nuint count);
}
