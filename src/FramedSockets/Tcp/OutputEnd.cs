using FramedSockets.Framing;

namespace FramedSockets.Tcp;

/// <summary>How the output of a connection that is disposed ends: what is queued leaves first, but not for ever.</summary>
internal static class OutputEnd
{
    /// <summary>Sends what is queued and the end of the stream; where the peer does not take it in time, breaks the connection.</summary>
    public static async Task CompleteAsync<THeader>(
        FrameWriter<THeader> writer, FrameConnectionOptions options, Action<FramedSocketException> breakOff)
    {
        writer.Queue.Batch.EndIfMine();
        var ending = writer.Queue.EndAsync(CancellationToken.None).AsTask();
        try
        {
            // Most connections end with nothing left to send, and then there is no timer.
            await (ending.IsCompleted ? ending : ending.WaitAsync(options.CloseTimeout, options.TimeProvider)).ConfigureAwait(false);
        }
        catch (TimeoutException e)
        {
            // An output that fails in its end has ended too, with a reason of its own: all that can happen here is that it takes too long.
            breakOff(Late(e));
            await writer.Queue.EndAsync(CancellationToken.None).ConfigureAwait(false);
        }
    }

    private static FramedSocketException Late(Exception cause) =>
        new(FramedSocketError.ConnectionAborted, "The connection was aborted by this side: the peer did not take its end in time.", cause);
}
