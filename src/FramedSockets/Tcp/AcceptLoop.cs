using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace FramedSockets.Tcp;

/// <summary>
/// Accepts until the listener is disposed, whatever happens: want of descriptors or memory passes, and a peer that was gone
/// before it was accepted is nobody else's trouble.
/// </summary>
internal sealed class AcceptLoop(
    ITransportListener listener, Func<ITransportConnection, ValueTask> take, TimeProvider clock, ServerMeter meter, ILogger log)
{
    private readonly AcceptBackOff _backOff = new(clock);
    private readonly Occasionally _failures = new(clock);

    public async Task RunAsync(CancellationToken stopping)
    {
        using var spare = new SpareDescriptors();
        var isPatient = true;
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                if (!spare.TryHold())
                {
                    throw new SocketException((int)SocketError.TooManyOpenSockets);
                }

                if (await listener.AcceptAsync(CancellationToken.None).ConfigureAwait(false) is not { } transport)
                {
                    return;
                }

                _backOff.Reset();
                isPatient = true;
                await take(transport).ConfigureAwait(false);
            }
            catch (Exception e)
            {
                // What only befell one peer does not befall the next; where it does all the same, this must not spin.
                var waits = !isPatient || !IsOfPeer(e);
                if (waits)
                {
                    // Before anything else: until then nothing of this process can open a file, or start a thread.
                    spare.Dispose();
                }

                // A transport of one's own may throw anything; one bad accept must not end the loop.
                TryTell((e as SocketException)?.SocketErrorCode.ToString() ?? e.GetType().Name);
                if (waits)
                {
                    await _backOff.WaitAsync(stopping).ConfigureAwait(false);
                }

                isPatient = false;
            }
        }
    }

    private static bool IsOfPeer(Exception e) => e is SocketException
    {
        SocketErrorCode: SocketError.ConnectionAborted or SocketError.ConnectionReset or SocketError.AccessDenied
            or SocketError.HostUnreachable or SocketError.NetworkUnreachable or SocketError.HostDown or SocketError.NetworkDown
    };

    private void TryTell(string reason)
    {
        try
        {
            meter.CountFailedAccept(reason);
            if (_failures.ShouldSpeak(out var count))
            {
                log.AcceptFailed(listener.EndPoint, reason, count);
            }
        }
        catch (Exception)
        {
            // A listener of the meter has thrown, and there is nobody else to be told: accepting goes on.
        }
    }
}
