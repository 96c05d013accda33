using System.Runtime.CompilerServices;
using FramedSockets.Framing;

namespace FramedSockets.Tcp;

/// <summary>The loop behind a handler of frames. What handlers send gathers while they run without waiting.</summary>
internal static class FrameLoop
{
    /// <summary>Calls a handler for each frame until the last.</summary>
    public static async Task RunAsync<THeader>(FrameConnection<THeader> connection, FrameHandler<THeader> handler)
    {
        // A handler may dispose its connection, or change its framing: then there is nothing to wait for.
        while (!connection.IsOver && await connection.WaitToReadAsync().ConfigureAwait(false))
        {
            try
            {
                while (TryRun(connection, handler, out var handling))
                {
                    if (!handling.IsCompleted)
                    {
                        // The moment a handler waits, what was sent so far must not.
                        connection.Channel.Queue?.Batch.End();
                    }

                    await handling.ConfigureAwait(false);
                }
            }
            finally
            {
                connection.Channel.Queue?.Batch.End();
            }
        }
    }

    /// <summary>Calls the handler while it has nothing to wait for; false when there is no frame left.</summary>
    /// <remarks>A method of its own also when compiled: the state machine of an async method keeps its variables in memory.</remarks>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool TryRun<THeader>(FrameConnection<THeader> connection, FrameHandler<THeader> handler, out ValueTask handling)
    {
        OutputBatch<THeader>? batch = null;
        while (connection.TryRead(out var frame))
        {
            batch ??= connection.Channel.Writer.Queue.Batch;
            batch.Begin();
            var answer = handler(connection, frame);
            if (answer != default)
            {
                handling = answer;
                return true;
            }
        }

        handling = default;
        return false;
    }
}
