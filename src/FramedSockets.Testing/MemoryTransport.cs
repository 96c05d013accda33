using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace FramedSockets.Testing;

/// <summary>
/// A network in memory, which servers and clients use in place of sockets. It has no hosts: of an IP address or a host name only the
/// port counts. Other instances are other networks. Thread-safe.
/// </summary>
public sealed class MemoryTransport : IFrameTransport
{
    private const int FirstPort = 10_000;
    private const int LastPort = 65_535;
    private readonly ConcurrentDictionary<string, MemoryListener> _listeners = new();
    private readonly MemoryConnectionOptions? _options;
    private int _ports = -1;
    private int _lastConnection;

    /// <summary>Creates a network.</summary>
    /// <param name="options">The options of all its connections; <see cref="MemoryConnectionOptions.Default"/> when <see langword="null"/>.</param>
    public MemoryTransport(MemoryConnectionOptions? options = null) => _options = options;

    /// <inheritdoc/>
    public ValueTask<ITransportListener> ListenAsync(EndPoint endPoint, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        cancellationToken.ThrowIfCancellationRequested();
        if (endPoint is DnsEndPoint)
        {
            throw new ArgumentException(
                $"A server listens on an IP address or a Unix socket, not on a {nameof(DnsEndPoint)}; resolve a name first.", nameof(endPoint));
        }

        for (var tries = endPoint is IPEndPoint { Port: 0 } ? LastPort - FirstPort : 1; tries > 0; tries--)
        {
            var bound = endPoint is IPEndPoint { Port: 0 } any ? new IPEndPoint(any.Address, NextPort()) : endPoint;
            var listener = new MemoryListener(bound, closed => _listeners.TryRemove(new(ToKey(bound), closed)));
            if (_listeners.TryAdd(ToKey(bound), listener))
            {
                return new(listener);
            }
        }

        throw new SocketException((int)SocketError.AddressAlreadyInUse);
    }

    /// <summary>Connects.</summary>
    /// <param name="endPoint">What a server of this network listens on.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns>The client's side of the connection, for a test to play the client with.</returns>
    /// <exception cref="SocketException">Nobody listens there.</exception>
    public ValueTask<MemoryConnection> ConnectAsync(EndPoint endPoint, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        cancellationToken.ThrowIfCancellationRequested();
        var (near, far) = MemoryConnection.CreatePair(_options, Interlocked.Increment(ref _lastConnection));
        _ = _listeners.TryGetValue(ToKey(endPoint), out var listener);
        near.RemoteEndPoint = far.LocalEndPoint = endPoint is DnsEndPoint name ? LookUp(name, listener) : endPoint;
        near.LocalEndPoint = far.RemoteEndPoint = endPoint is IPEndPoint or DnsEndPoint ? new IPEndPoint(IPAddress.Loopback, NextPort()) : null;
        return listener is not null && listener.TryAdd(far)
            ? new(near)
            : throw new SocketException((int)SocketError.ConnectionRefused);
    }

    async ValueTask<ITransportConnection> IFrameTransport.ConnectAsync(EndPoint endPoint, CancellationToken cancellationToken) =>
        await ConnectAsync(endPoint, cancellationToken).ConfigureAwait(false);

    /// <summary>The address behind a name: the listener's, or one of this machine where that is none that others can name.</summary>
    private static IPEndPoint LookUp(DnsEndPoint name, MemoryListener? listener) =>
        listener?.EndPoint is IPEndPoint address && !address.Address.Equals(IPAddress.Any) && !address.Address.Equals(IPAddress.IPv6Any)
            ? address
            : new(IPAddress.Loopback, name.Port);

    private static string ToKey(EndPoint endPoint) => endPoint switch
    {
        IPEndPoint ip => $"port {ip.Port}",
        DnsEndPoint dns => $"port {dns.Port}",
        _ => endPoint.ToString()!,
    };

    private int NextPort() => FirstPort + 1 + (int)((uint)Interlocked.Increment(ref _ports) % (LastPort - FirstPort));
}
