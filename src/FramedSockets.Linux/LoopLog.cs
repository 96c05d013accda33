using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace FramedSockets.Linux;

/// <summary>Everything the event loops log.</summary>
internal static partial class LoopLog
{
    [LoggerMessage(1, LogLevel.Warning, "A handler has held event loop {Loop} for {Milliseconds} ms or longer; no other connection of the loop is served meanwhile. {Count} were counted so far.")]
    public static partial void HandlerIsLate(this ILogger log, int loop, double milliseconds, long count);

    [LoggerMessage(2, LogLevel.Critical, "What followed an event on loop {Loop} threw; the loop goes on.")]
    public static partial void EventFailed(this ILogger log, int loop, Exception exception);

    [LoggerMessage(3, LogLevel.Critical, "Event loop {Loop} could not wait ({Error}); it goes on with a new descriptor for its {Count} connections and listeners.")]
    public static partial void LoopFailed(this ILogger log, int loop, SocketError error, int count);

    [LoggerMessage(4, LogLevel.Critical, "Event loop {Loop} cannot watch {Count} of its connections and listeners with its new descriptor: the connections are ended.")]
    public static partial void LoopLostSome(this ILogger log, int loop, int count);
}
