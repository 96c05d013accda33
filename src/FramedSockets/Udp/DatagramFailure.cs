using System.Net.Sockets;

namespace FramedSockets.Udp;

/// <summary>The one place that says what a <see cref="SocketError"/> means to an endpoint.</summary>
internal static class DatagramFailure
{
    /// <summary>Whether an exception is a socket's way to report an error, or its end.</summary>
    public static bool IsError(Exception exception, out SocketError error)
    {
        error = exception switch
        {
            SocketException e => e.SocketErrorCode,
            ObjectDisposedException => SocketError.OperationAborted,
            _ => SocketError.Success,
        };
        return error != SocketError.Success;
    }

    /// <summary>Nobody listens at the peer's port. Windows also reports it as a reset.</summary>
    public static bool IsRefusal(SocketError error) => error is SocketError.ConnectionRefused or SocketError.ConnectionReset;

    /// <summary>
    /// The network did not take a datagram to the peer (ICMP, or this system at once): it is too long for the path, or there is no path.
    /// </summary>
    public static bool IsOfThePath(SocketError error) => error is SocketError.MessageSize or SocketError.HostUnreachable
        or SocketError.NetworkUnreachable or SocketError.HostDown or SocketError.AccessDenied or SocketError.NetworkReset
        or SocketError.ProtocolOption;

    /// <summary>
    /// An error that .NET has no name for. Some that the path answers (ENONET, EPROTO) are such, and are told once; a failure of this
    /// system is told again at once.
    /// </summary>
    public static bool IsUnnamed(SocketError error) => error == SocketError.SocketError;

    /// <summary>There is no way from this socket to the peer's address, or what is there takes no datagrams.</summary>
    public static bool IsOfTheAddress(SocketError error) => error is SocketError.AddressNotAvailable or SocketError.InvalidArgument
        or SocketError.AddressFamilyNotSupported or SocketError.ProtocolType or SocketError.Shutdown or SocketError.NetworkDown;

    /// <summary>The system has no room at the moment.</summary>
    public static bool IsFull(SocketError error) => error is SocketError.WouldBlock or SocketError.NoBufferSpaceAvailable;

    public static FramedSocketException ToException(SocketError error, string what) => new(
        FramedSocketError.TransportFailed,
        error == SocketError.NotConnected
            ? $"{what} failed with {error}: the Unix peer is gone, and its address may be another's now. Connect a new endpoint."
            : $"{what} failed with {error}; the endpoint is still usable, and the call may be repeated.",
        new SocketException((int)error));

    public static FramedSocketException TooLarge(long length, int most) => new(
        FramedSocketError.BodyTooLong, $"The datagram would have {length} bytes or more; {most} are allowed.");
}
