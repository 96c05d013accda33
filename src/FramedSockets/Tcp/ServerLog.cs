using Microsoft.Extensions.Logging;

namespace FramedSockets.Tcp;

/// <summary>Everything the library logs. Messages carry numbers and addresses, never bytes of a peer.</summary>
internal static partial class ServerLog
{
    [LoggerMessage(1, LogLevel.Information, "Listening on {EndPoint}.")]
    public static partial void Listening(this ILogger log, LoggedAddress endPoint);

    [LoggerMessage(2, LogLevel.Information, "Stopped listening on {EndPoint}: {Drained} connections ended by themselves, {Cut} were cut.")]
    public static partial void Stopped(this ILogger log, LoggedAddress endPoint, int drained, int cut);

    [LoggerMessage(3, LogLevel.Debug, "Connection {Id} from {Peer} opened.")]
    public static partial void Opened(this ILogger log, long id, LoggedAddress peer);

    [LoggerMessage(4, LogLevel.Debug, "Connection {Id} closed.")]
    public static partial void Closed(this ILogger log, long id);

    [LoggerMessage(5, LogLevel.Information, "Connection {Id} with {Peer} ended with {Error}: {Reason}")]
    public static partial void Failed(this ILogger log, long id, LoggedAddress peer, FramedSocketError error, string reason);

    [LoggerMessage(18, LogLevel.Error, "The codec failed on {Count} connections, the last of them {Id}, where it threw {Thrown}\nSaid once a minute, and without messages, which may quote the peer.")]
    public static partial void CodecFailed(this ILogger log, long count, long id, LoggedThrow thrown);

    [LoggerMessage(6, LogLevel.Error, "The handler of connection {Id} failed, so the connection was aborted.")]
    public static partial void HandlerFailed(this ILogger log, long id, Exception exception);

    [LoggerMessage(7, LogLevel.Warning, "Connection {Id} from {Peer} was cut by the stop, with {Pending} bytes not sent.")]
    public static partial void Cut(this ILogger log, long id, LoggedAddress peer, long pending);

    [LoggerMessage(8, LogLevel.Warning, "{Count} connections were refused, the last from {Peer} with {Error}. Said once a minute.")]
    public static partial void Refused(this ILogger log, LoggedAddress peer, FramedSocketError error, long count);

    [LoggerMessage(9, LogLevel.Warning, "Accepting on {EndPoint} failed {Count} times, the last time with {Error}; it goes on. Said once a minute.")]
    public static partial void AcceptFailed(this ILogger log, LoggedAddress endPoint, string error, long count);

    [LoggerMessage(13, LogLevel.Debug, "The handler of connection {Id} ended with its connection.")]
    public static partial void HandlerEnded(this ILogger log, long id, Exception exception);

    [LoggerMessage(12, LogLevel.Error, "Closing the listener on {EndPoint} failed.")]
    public static partial void ListenerFailed(this ILogger log, LoggedAddress endPoint, Exception exception);

    [LoggerMessage(11, LogLevel.Information, "A connection from {Peer} was not opened, with {Error}: {Reason}")]
    public static partial void NotOpened(this ILogger log, LoggedAddress peer, FramedSocketError error, string reason);

    [LoggerMessage(10, LogLevel.Error, "Looking at connection {Id} failed.")]
    public static partial void SweepFailed(this ILogger log, long id, Exception exception);

    [LoggerMessage(14, LogLevel.Error, "The transport of connection {Id} failed as it ended.")]
    public static partial void EndFailed(this ILogger log, long id, Exception exception);

    [LoggerMessage(17, LogLevel.Warning, "TLS failed on this side before {Count} connections were opened, the last from {Peer}. Said once a minute.")]
    public static partial void TlsFailed(this ILogger log, long count, LoggedAddress peer, Exception exception);

    [LoggerMessage(15, LogLevel.Information, "Connection {Id} to {Server} opened.")]
    public static partial void Connected(this ILogger log, long id, LoggedAddress server);

    [LoggerMessage(16, LogLevel.Warning, "No connection to {Server}, which is tried again in {Delay} ms: {Reason}")]
    public static partial void ConnectsAgain(this ILogger log, LoggedAddress server, long delay, string reason);
}
