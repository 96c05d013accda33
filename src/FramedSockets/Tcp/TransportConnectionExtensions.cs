using System.Net;

namespace FramedSockets.Tcp;

/// <summary>Ending byte streams and speaking of them, whatever a transport of one's own does.</summary>
internal static class TransportConnectionExtensions
{
    /// <summary>The address of the peer for who reads a log; <see langword="null"/> where the transport does not say.</summary>
    public static EndPoint? TryGetPeer(this ITransportConnection transport)
    {
        try
        {
            return transport.RemoteEndPoint;
        }
        catch (Exception)
        {
            // A socket whose peer is gone may know no address any more: what is said of its end counts, and that it is said.
            return null;
        }
    }

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

    /// <summary>Gives back a stream that was never opened, whatever the transport says.</summary>
    /// <param name="transport">The stream.</param>
    /// <param name="reason">Why it was not.</param>
    /// <param name="saysMore">Whether what was written is still to leave.</param>
    public static async Task TryDiscardAsync(this ITransportConnection transport, Exception reason, bool saysMore = false)
    {
        if (!saysMore)
        {
            transport.TryAbort();
        }

        try
        {
            await using (transport.ConfigureAwait(false))
            {
                await transport.Output.CompleteAsync(saysMore ? null : reason).ConfigureAwait(false);
                await transport.Input.CompleteAsync(reason).ConfigureAwait(false);
            }
        }
        catch (Exception)
        {
            // Why it was not opened is what counts, and is known.
        }
    }
}
