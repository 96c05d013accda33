using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace FramedSockets.Udp.Linux;

/// <summary>What the error numbers of the calls in <see cref="Native"/> mean.</summary>
internal static class Errno
{
    /// <summary>The error of the call that has just failed. Nothing else may be called between the two.</summary>
    public static SocketError Last => Marshal.GetLastPInvokeError() switch
    {
        1 or 13 => SocketError.AccessDenied,
        2 => SocketError.AddressNotAvailable,
        4 => SocketError.TryAgain,
        5 or 22 => SocketError.InvalidArgument,
        9 => SocketError.NotSocket,
        11 => SocketError.WouldBlock,
        12 or 105 => SocketError.NoBufferSpaceAvailable,
        19 or 20 or 40 => SocketError.AddressNotAvailable,
        32 => SocketError.Shutdown,
        64 or 71 or 92 or 113 => SocketError.HostUnreachable,
        89 => SocketError.DestinationAddressRequired,
        90 => SocketError.MessageSize,
        91 => SocketError.ProtocolType,
        97 => SocketError.AddressFamilyNotSupported,
        99 => SocketError.AddressNotAvailable,
        100 => SocketError.NetworkDown,
        101 => SocketError.NetworkUnreachable,
        104 => SocketError.ConnectionReset,
        106 => SocketError.IsConnected,
        107 => SocketError.NotConnected,
        111 => SocketError.ConnectionRefused,
        112 => SocketError.HostDown,
        _ => SocketError.SocketError,
    };
}
