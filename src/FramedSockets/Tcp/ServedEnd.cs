using FramedSockets.Framing;
using Microsoft.Extensions.Logging;

namespace FramedSockets.Tcp;

/// <summary>How a connection ends behind its handler, and what is said of it.</summary>
internal static class ServedEnd
{
    /// <summary>Closes a connection when its handler has ended, and says how it ended.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="handling">What its handler returned.</param>
    /// <param name="log">Where it is said.</param>
    /// <param name="codecFailures">When to say that the codec threw: where a peer's bytes make it, a peer can have that at any rate.</param>
    /// <returns>What the handler threw, unless that only passes on why the connection ends, for which another is to blame.</returns>
    public static async Task<Exception?> EndAfterAsync<THeader>(
        this FrameConnection<THeader> connection, Task handling, ILogger log, Occasionally codecFailures)
    {
        Exception? failure = null;
        try
        {
            await using (connection.ConfigureAwait(false))
            {
                try
                {
                    await handling.ConfigureAwait(false);
                }
                catch (Exception e)
                {
                    failure = connection.EndWith(e, log) ? null : e;
                }
            }
        }
        catch (Exception e)
        {
            // A transport of one's own may throw as it ends.
            log.EndFailed(connection.Id, e);
        }

        connection.LogEnd(log, codecFailures);
        return failure;
    }

    /// <summary>Ends a connection whose handler threw; says whether that only passes on what the peer, or a stop, has done.</summary>
    private static bool EndWith<THeader>(this FrameConnection<THeader> connection, Exception exception, ILogger log)
    {
        if (connection.ReasonToClose is not null)
        {
            log.HandlerEnded(connection.Id, exception);
            return true;
        }

        if (exception is FramedSocketException failure && connection.Channel.HasFailed)
        {
            // Whoever saw the output fail has not come to say so yet.
            connection.Break(failure);
            return true;
        }

        if (IsOfItsEnd(connection, exception))
        {
            log.HandlerEnded(connection.Id, exception);
            return FollowsEnd(connection, exception);
        }

        log.HandlerFailed(connection.Id, exception);
        connection.Abort(exception);
        return false;
    }

    /// <summary>Says how it ended.</summary>
    private static void LogEnd<THeader>(this FrameConnection<THeader> connection, ILogger log, Occasionally codecFailures)
    {
        if (connection.Reason is { } reason)
        {
            log.Failed(connection.Id, connection.Peer, reason.Error, reason.Message);
            if (reason.IsThrownByCodec && codecFailures.ShouldSpeak(out var count))
            {
                log.CodecFailed(count, connection.Id, new(reason.InnerException));
            }
        }
        else
        {
            log.Closed(connection.Id);
        }
    }

    /// <summary>
    /// Whether it is what a handler meets at the end, or when somebody else disposes its connection: then what is queued still leaves.
    /// </summary>
    private static bool IsOfItsEnd<THeader>(FrameConnection<THeader> connection, Exception exception) => FollowsEnd(connection, exception)
        || (connection.IsClosing && exception is (InvalidOperationException or OperationCanceledException or FramedSocketException));

    /// <summary>Whether it is what a handler meets when it follows the token of a stop, or asks for a frame behind the last.</summary>
    private static bool FollowsEnd<THeader>(FrameConnection<THeader> connection, Exception exception) => exception is OperationCanceledException
        ? connection.IsStopping
        : NoFrame.Is(exception) && (connection.IsClosing || connection.Channel.HasReadEnd);
}
