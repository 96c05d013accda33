using System.Runtime.InteropServices;

namespace FramedSockets.Linux;

/// <summary>The system calls. One that fails gives -1 and leaves its number in <see cref="Marshal.GetLastSystemError"/>: only <see cref="SystemCalls"/> calls them, and reads it at once.</summary>
internal static unsafe partial class Native
{
    private const string Library = "libc";
    private const DllImportSearchPath SearchPath = DllImportSearchPath.SafeDirectories;

    [LibraryImport(Library, EntryPoint = "recv")]
    [DefaultDllImportSearchPaths(SearchPath)]
    public static partial nint Receive(SafeHandle socket, byte* bytes, nuint length, int flags);

    [LibraryImport(Library, EntryPoint = "send")]
    [DefaultDllImportSearchPaths(SearchPath)]
    public static partial nint Send(SafeHandle socket, byte* bytes, nuint length, int flags);

    [LibraryImport(Library, EntryPoint = "sendmsg")]
    [DefaultDllImportSearchPaths(SearchPath)]
    public static partial nint SendMessage(SafeHandle socket, MessageHeader* message, int flags);

    [LibraryImport(Library, EntryPoint = "sendfile")]
    [DefaultDllImportSearchPaths(SearchPath)]
    public static partial nint SendFile(SafeHandle socket, SafeHandle file, long* offset, nuint length);

    [LibraryImport(Library, EntryPoint = "accept4")]
    [DefaultDllImportSearchPaths(SearchPath)]
    public static partial int Accept(SafeHandle socket, byte* address, uint* addressLength, int flags);

    [LibraryImport(Library, EntryPoint = "socket")]
    [DefaultDllImportSearchPaths(SearchPath)]
    public static partial int Socket(int family, int type, int protocol);

    [LibraryImport(Library, EntryPoint = "connect")]
    [DefaultDllImportSearchPaths(SearchPath)]
    public static partial int Connect(SafeHandle socket, byte* address, uint addressLength);

    [LibraryImport(Library, EntryPoint = "getsockname")]
    [DefaultDllImportSearchPaths(SearchPath)]
    public static partial int GetName(SafeHandle socket, byte* address, uint* addressLength);

    [LibraryImport(Library, EntryPoint = "getsockopt")]
    [DefaultDllImportSearchPaths(SearchPath)]
    public static partial int GetOption(SafeHandle socket, int level, int name, void* value, uint* length);

    [LibraryImport(Library, EntryPoint = "setsockopt")]
    [DefaultDllImportSearchPaths(SearchPath)]
    public static partial int SetOption(SafeHandle socket, int level, int name, void* value, uint length);

    [LibraryImport(Library, EntryPoint = "shutdown")]
    [DefaultDllImportSearchPaths(SearchPath)]
    public static partial int Shutdown(SafeHandle socket, int how);

    [LibraryImport(Library, EntryPoint = "close")]
    [DefaultDllImportSearchPaths(SearchPath)]
    public static partial int Close(int descriptor);

    [LibraryImport(Library, EntryPoint = "epoll_create1")]
    [DefaultDllImportSearchPaths(SearchPath)]
    public static partial int CreateEpoll(int flags);

    [LibraryImport(Library, EntryPoint = "epoll_ctl")]
    [DefaultDllImportSearchPaths(SearchPath)]
    public static partial int ControlEpoll(SafeHandle epoll, int operation, SafeHandle descriptor, byte* eventBytes);

    [LibraryImport(Library, EntryPoint = "epoll_wait")]
    [DefaultDllImportSearchPaths(SearchPath)]
    public static partial int WaitEpoll(SafeHandle epoll, byte* events, int most, int timeout);

    [LibraryImport(Library, EntryPoint = "eventfd")]
    [DefaultDllImportSearchPaths(SearchPath)]
    public static partial int CreateEvent(uint value, int flags);

    [LibraryImport(Library, EntryPoint = "write")]
    [DefaultDllImportSearchPaths(SearchPath)]
    public static partial nint Write(SafeHandle descriptor, byte* bytes, nuint length);
}
