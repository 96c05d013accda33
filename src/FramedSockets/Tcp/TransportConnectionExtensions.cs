namespace FramedSockets.Tcp;

/// <summary>Ending byte streams from where nobody could be told what goes wrong.</summary>
internal static class TransportConnectionExtensions
{
    /// <summary>Ends the stream at once, whatever the transport says.</summary>
    public static void TryAbort(this ITransportConnection transport)
    {
        try
        {
            transport.Abort();
        }
        catch (Exception)
        {
            // A transport of one's own may throw anything, and this may be a timer's thread. Who closes the connection is told: where it
            // has failed, it is aborted once more there.
        }
    }
}
