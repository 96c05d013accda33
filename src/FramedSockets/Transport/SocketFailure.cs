using System.Net.Sockets;

namespace FramedSockets.Transport;

/// <summary>The one place that says what a <see cref="SocketError"/> on a connected socket means.</summary>
internal static class SocketFailure
{
    public static FramedSocketException ToException(SocketError error) => new(
        Classify(error), $"The connection failed: {Describe(error)} ({error}).", new SocketException((int)error));

    public static FramedSocketException Aborted() =>
        new(FramedSocketError.ConnectionAborted, "The connection was aborted by this side.");

    private static FramedSocketError Classify(SocketError error) => error switch
    {
        SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.Shutdown or SocketError.Disconnecting
            => FramedSocketError.ConnectionReset,
        SocketError.TimedOut or SocketError.HostUnreachable or SocketError.NetworkUnreachable or SocketError.HostDown or SocketError.NetworkDown
            => FramedSocketError.ConnectionTimedOut,
        SocketError.OperationAborted or SocketError.Interrupted or SocketError.NotSocket
            => FramedSocketError.ConnectionAborted,
        _ => FramedSocketError.TransportFailed,
    };

    private static string Describe(SocketError error) => Classify(error) switch
    {
        FramedSocketError.ConnectionReset => "the peer reset it or takes no more bytes",
        FramedSocketError.ConnectionTimedOut => "the network gave it up",
        FramedSocketError.ConnectionAborted => "this side closed its socket",
        _ => "the socket reported an error",
    };
}
