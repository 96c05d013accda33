using System.IO.Pipelines;

namespace FramedSockets.Framing;

/// <summary>Who is told of a writer that is no connection's: with its output, a flush that waits is ended.</summary>
internal sealed class LoneOutput(PipeWriter output) : IFailureListener
{
    /// <summary>Ends the flush that waits, if one does.</summary>
    public static void CancelPendingFlush(PipeWriter output)
    {
        try
        {
            output.CancelPendingFlush();
        }
        catch (Exception)
        {
            // A pipe of one's own may throw anything, and this may be nobody's thread. Where the output was completed, no flush is pending.
        }
    }

    public FramedSocketException Decide(FramedSocketException reason) => reason;

    public FramedSocketException OnReadFailed(FramedSocketException reason) => reason;

    public void OnWriteFailed(FramedSocketException reason) => CancelPendingFlush(output);
}
