namespace FramedSockets.Tcp;

/// <summary>The loop behind a handler of frames. What handlers send gathers while they run without waiting.</summary>
internal static class FrameLoop
{
    /// <summary>Calls a handler for each frame until the last.</summary>
    public static async Task RunAsync<THeader>(FrameConnection<THeader> connection, FrameHandler<THeader> handler)
    {
        // A handler may dispose its connection: then there is nothing to wait for.
        while (!connection.IsDisposed && await connection.WaitToReadAsync().ConfigureAwait(false))
        {
            try
            {
                while (connection.TryRead(out var frame))
                {
                    connection.Batch.Begin();
                    var handling = handler(connection, frame);
                    if (!handling.IsCompleted)
                    {
                        // The moment a handler waits, what was sent so far must not.
                        connection.Batch.End();
                        await handling.ConfigureAwait(false);
                    }
                    else
                    {
                        await handling.ConfigureAwait(false);
                    }
                }
            }
            finally
            {
                connection.Batch.End();
            }
        }
    }
}
