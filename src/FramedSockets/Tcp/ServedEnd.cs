using Microsoft.Extensions.Logging;

namespace FramedSockets.Tcp;

/// <summary>How a connection ends behind its handler, and what is said of it.</summary>
internal static class ServedEnd
{
    /// <summary>Closes a connection when its handler has ended, and says how it ended.</summary>
    /// <returns>What the handler failed with, unless that only passes on why the connection ends.</returns>
    public static async Task<Exception?> EndAfterAsync<THeader>(this FrameConnection<THeader> connection, Task handling, ILogger log)
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

        connection.LogEnd(log);
        return failure;
    }

    /// <summary>Ends a connection whose handler threw, unless that only passes on why the connection ends: then it says so.</summary>
    private static bool EndWith<THeader>(this FrameConnection<THeader> connection, Exception exception, ILogger log)
    {
        if (connection.Reason is not null)
        {
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
            return true;
        }

        log.HandlerFailed(connection.Id, exception);
        connection.Abort(exception);
        return false;
    }

    /// <summary>Says how it ended.</summary>
    private static void LogEnd<THeader>(this FrameConnection<THeader> connection, ILogger log)
    {
        if (connection.Reason is { } reason)
        {
            log.Failed(connection.Id, connection.RemoteEndPoint, reason.Error, reason.Message);
        }
        else
        {
            log.Closed(connection.Id);
        }
    }

    /// <summary>
    /// Whether it is what a handler meets when somebody else disposes its connection, when it follows the token of a stop, or when it
    /// asks for a frame behind the last: then what is queued still leaves.
    /// </summary>
    private static bool IsOfItsEnd<THeader>(FrameConnection<THeader> connection, Exception exception) => exception switch
    {
        EndOfStreamException => connection.IsClosing || connection.Channel.HasReadEnd,
        OperationCanceledException => connection.IsClosing || connection.IsStopping,
        InvalidOperationException or FramedSocketException => connection.IsClosing,
        _ => false,
    };
}
