using Microsoft.Extensions.Logging;

namespace FramedSockets.Udp;

/// <summary>What endpoints log. Messages carry numbers and addresses, never bytes of a peer.</summary>
internal static partial class DatagramLog
{
    [LoggerMessage(20, LogLevel.Error, "The handler of a datagram from {Peer} failed; the endpoint goes on.")]
    public static partial void HandlerFailed(this ILogger log, DatagramPeer peer, Exception exception);

    [LoggerMessage(21, LogLevel.Warning, "Receiving failed; the endpoint tries again in {Wait}.")]
    public static partial void ReceiveFailed(this ILogger log, TimeSpan wait, Exception exception);

    [LoggerMessage(22, LogLevel.Error, "The codec failed on {Count} datagrams, the last of them from {Peer}, where it threw {Thrown}\nSaid once a minute, and without messages, which may quote the peer.")]
    public static partial void CodecFailed(this ILogger log, long count, DatagramPeer peer, LoggedThrow thrown);
}
