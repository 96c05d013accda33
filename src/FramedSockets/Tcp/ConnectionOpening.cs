using System.Net;
using FramedSockets.Transport;

namespace FramedSockets.Tcp;

/// <summary>
/// What happens to an accepted connection before its first frame, outside the accept loop: the header of a trusted proxy, and then
/// TLS. It has a deadline of its own, which the sweep keeps.
/// </summary>
/// <param name="transport">Its byte stream.</param>
/// <param name="peer">Its peer, or the proxy.</param>
/// <param name="isProxied">Whether it begins with a proxy's header.</param>
/// <param name="options">The server's options.</param>
internal sealed class ConnectionOpening(ITransportConnection transport, EndPoint? peer, bool isProxied, TcpFrameServerOptions options)
{
    private readonly long _since = options.Connection.TimeProvider.GetTimestamp();
    private FramedSocketException? _reason;
    private TimeSpan _waited;

    /// <summary>Why it was ended, if it was. Any thread.</summary>
    public FramedSocketException? Reason => Volatile.Read(ref _reason);

    /// <summary>The peer: behind a proxy, the client that it speaks for, once it has said so.</summary>
    public EndPoint? Peer { get; private set; } = peer;

    /// <summary>Opens the connection.</summary>
    /// <param name="check">Asked about a client behind a proxy: why it is refused, if it is.</param>
    /// <exception cref="FramedSocketException">It was not opened.</exception>
    public async Task<ITransportConnection> RunAsync(Func<EndPoint?, FramedSocketError?> check)
    {
        try
        {
            var opened = transport;
            if (isProxied)
            {
                var proxied = await ProxiedConnection.OpenAsync(transport).ConfigureAwait(false);
                opened = proxied;
                Peer = proxied.RemoteEndPoint;
                if (!proxied.IsLocal && check(Peer) is { } refusal)
                {
                    throw new FramedSocketException(refusal, "The client behind the proxy is not let in.");
                }
            }

            opened = options.Tls is { } tls ? await TlsConnection.AcceptAsync(opened, tls).ConfigureAwait(false) : opened;
            return Reason is { } reason ? throw reason : opened;
        }
        catch (Exception e)
        {
            throw Reason ?? e as FramedSocketException
                ?? new(FramedSocketError.TransportFailed, $"The transport failed with {e.GetType().Name}.", e);
        }
    }

    /// <summary>Ends the opening, whatever it waits for; the first reason counts. Any thread.</summary>
    public void End(FramedSocketException reason)
    {
        _ = Interlocked.CompareExchange(ref _reason, reason, null);
        transport.TryAbort();
    }

    /// <summary>Looks whether the opening takes too long. One caller at a time.</summary>
    /// <param name="elapsed">The time since the last look.</param>
    public void Look(TimeSpan elapsed)
    {
        var age = options.Connection.TimeProvider.GetElapsedTime(_since);
        _waited += age < elapsed ? age : elapsed;
        var limit = options.Admission.HandshakeTimeout;
        if (limit > TimeSpan.Zero && _waited >= limit)
        {
            End(new(FramedSocketError.HandshakeTimeout, $"What comes before the first frame took longer than {limit.TotalSeconds} s."));
        }
    }
}
