using System.Net.Sockets;

namespace FramedSockets.Linux;

/// <summary>Error numbers of Linux, the same on x64 and arm64, and what they mean.</summary>
internal static class Errno
{
    public const int NoEntry = 2;
    public const int Interrupted = 4;
    public const int BadDescriptor = 9;
    public const int TryAgain = 11;
    public const int NoMemory = 12;
    public const int Exists = 17;
    public const int InvalidArgument = 22;
    public const int TooManyFilesInSystem = 23;
    public const int TooManyFiles = 24;
    public const int NoSpace = 28;
    public const int BrokenPipe = 32;
    public const int Protocol = 71;
    public const int ConnectionAborted = 103;
    public const int ConnectionReset = 104;
    public const int NoBufferSpace = 105;
    public const int InProgress = 115;

    /// <summary>An exception for an attempt that failed: to bind, to accept or to connect.</summary>
    public static SocketException ToException(int error) => new((int)ToSocketError(error));

    public static SocketError ToSocketError(int error) => error switch
    {
        0 => SocketError.Success,
        1 or 13 => SocketError.AccessDenied,
        NoEntry or 99 => SocketError.AddressNotAvailable,
        Interrupted => SocketError.Interrupted,
        BadDescriptor => SocketError.OperationAborted,
        TryAgain => SocketError.WouldBlock,
        NoMemory or NoSpace or NoBufferSpace => SocketError.NoBufferSpaceAvailable,
        5 or 14 or InvalidArgument => SocketError.InvalidArgument,
        TooManyFilesInSystem or TooManyFiles => SocketError.TooManyOpenSockets,
        BrokenPipe => SocketError.Shutdown,
        88 => SocketError.NotSocket,
        92 => SocketError.ProtocolOption,
        91 => SocketError.ProtocolType,
        93 => SocketError.ProtocolNotSupported,
        94 => SocketError.SocketNotSupported,
        95 => SocketError.OperationNotSupported,
        97 => SocketError.AddressFamilyNotSupported,
        98 => SocketError.AddressAlreadyInUse,
        100 => SocketError.NetworkDown,
        101 => SocketError.NetworkUnreachable,
        102 => SocketError.NetworkReset,
        ConnectionAborted => SocketError.ConnectionAborted,
        ConnectionReset => SocketError.ConnectionReset,
        106 => SocketError.IsConnected,
        107 => SocketError.NotConnected,
        110 => SocketError.TimedOut,
        111 => SocketError.ConnectionRefused,
        112 => SocketError.HostDown,
        113 => SocketError.HostUnreachable,
        114 => SocketError.AlreadyInProgress,
        InProgress => SocketError.InProgress,
        _ => SocketError.SocketError,
    };

    /// <summary>Gives a call's result back.</summary>
    /// <exception cref="SocketException">It is an error number, below zero.</exception>
    public static int Check(int result) => result >= 0 ? result : throw ToException(-result);

    /// <summary>Whether a call on a file and a connection failed for the connection: what the system says of no file.</summary>
    public static bool IsOfConnection(int error) =>
        error is BadDescriptor or BrokenPipe or 100 or 101 or ConnectionAborted or ConnectionReset or 110 or 112 or 113;

    /// <summary>Whether an accept failed for one connection only, which is gone; the next may be taken at once.</summary>
    public static bool IsOfOneConnection(int error) => error is ConnectionAborted or Protocol or 64 or 92 or 100 or 101 or 112 or 113;
}
