using Microsoft.Extensions.Logging;

namespace FramedSockets.Tcp;

/// <summary>How a connection of a server ends behind its handler, and what is said of it.</summary>
internal static class ServedEnd
{
    /// <summary>Closes a connection when its handler has ended, and says how it ended.</summary>
    public static async Task EndAfterAsync<THeader>(this FrameConnection<THeader> connection, Task handling, ILogger log)
    {
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
                    connection.EndWith(e, log);
                }
            }
        }
        catch (Exception e)
        {
            // A transport of one's own may throw as it ends.
            log.EndFailed(connection.Id, e);
        }

        connection.LogEnd(log);
    }

    /// <summary>Ends a connection whose handler threw, unless that only passes on why the connection ends.</summary>
    private static void EndWith<THeader>(this FrameConnection<THeader> connection, Exception exception, ILogger log)
    {
        if (connection.Reason is not null)
        {
            return;
        }

        if (exception is FramedSocketException failure && connection.HasFailed)
        {
            // Whoever saw the output fail has not come to say so yet.
            connection.Break(failure);
            return;
        }

        if (IsOfItsEnd(connection, exception))
        {
            log.HandlerEnded(connection.Id, exception);
            return;
        }

        log.HandlerFailed(connection.Id, exception);
        connection.Abort(exception);
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
    /// Whether it is what a handler meets when somebody else disposes its connection, or when it follows the token of a stop: then
    /// what is queued still leaves.
    /// </summary>
    private static bool IsOfItsEnd<THeader>(FrameConnection<THeader> connection, Exception exception) => connection.IsClosing
        ? exception is InvalidOperationException or OperationCanceledException or FramedSocketException
        : connection.IsStopping && exception is OperationCanceledException;
}
