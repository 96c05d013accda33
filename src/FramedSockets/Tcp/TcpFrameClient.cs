using System.Net;
using System.Net.Security;
using FramedSockets.Transport;

namespace FramedSockets.Tcp;

/// <summary>Connects to servers, and again where it is asked to. One client may open any number of connections, from any thread.</summary>
/// <typeparam name="THeader">The header's type.</typeparam>
public sealed class TcpFrameClient<THeader>
{
    private readonly IHeaderCodec<THeader> _codec;
    private readonly TcpFrameClientOptions _options;
    private readonly ClientConnections<THeader> _connections;

    /// <summary>Creates a client.</summary>
    /// <param name="codec">The framing, the same as the server's.</param>
    /// <param name="options">The options; <see cref="TcpFrameClientOptions.Default"/> when <see langword="null"/>.</param>
    /// <exception cref="ArgumentException">Pings are asked for, and the codec has none.</exception>
    public TcpFrameClient(IHeaderCodec<THeader> codec, TcpFrameClientOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(codec);
        _codec = codec;
        _options = options ?? TcpFrameClientOptions.Default;
        _options.Deadlines.Check(codec);
        _connections = new(_options.Deadlines, _options.Connection.TimeProvider);
    }

    /// <summary>Connects by host name; its addresses are tried in turn.</summary>
    /// <param name="host">A name or an address in text.</param>
    /// <param name="port">The port; 1 to 65,535.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns>The connection; dispose it.</returns>
    /// <exception cref="ArgumentException"><paramref name="host"/> is empty.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="port"/> is out of range.</exception>
    /// <exception cref="System.Net.Sockets.SocketException">The name is unknown, or no address answers.</exception>
    /// <exception cref="FramedSocketException">TLS failed: <see cref="FramedSocketError.HandshakeFailed"/>, <see cref="FramedSocketError.CertificateRefused"/>; or the connection did meanwhile, with <see cref="FramedSocketError.ConnectionReset"/> where the server lets nobody in.</exception>
    /// <exception cref="TimeoutException"><see cref="TcpFrameClientOptions.ConnectTimeout"/> is over.</exception>
    /// <exception cref="OperationCanceledException">The attempt was cancelled.</exception>
    public ValueTask<FrameConnection<THeader>> ConnectAsync(string host, int port, CancellationToken cancellationToken = default)
    {
        return ConnectAsync(ToEndPoint(host, port), cancellationToken);
    }

    /// <summary>Connects to an address.</summary>
    /// <param name="endPoint">An IP address, a <see cref="DnsEndPoint"/> or a <c>UnixDomainSocketEndPoint</c>.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns>The connection; dispose it.</returns>
    /// <exception cref="System.Net.Sockets.SocketException">The peer cannot be reached.</exception>
    /// <exception cref="FramedSocketException">TLS failed: <see cref="FramedSocketError.HandshakeFailed"/>, <see cref="FramedSocketError.CertificateRefused"/>; or the connection did meanwhile, with <see cref="FramedSocketError.ConnectionReset"/> where the server lets nobody in.</exception>
    /// <exception cref="TimeoutException"><see cref="TcpFrameClientOptions.ConnectTimeout"/> is over.</exception>
    /// <exception cref="OperationCanceledException">The attempt was cancelled.</exception>
    public async ValueTask<FrameConnection<THeader>> ConnectAsync(EndPoint endPoint, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        using var timeout = new CancellationTokenSource(_options.ConnectTimeout, _options.Connection.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        try
        {
            var transport = await _options.Transport.ConnectAsync(endPoint, either.Token).ConfigureAwait(false);
            transport = _options.Tls is null ? transport : await SecureAsync(transport, _options.Tls, endPoint, either.Token).ConfigureAwait(false);
            var connection = new FrameConnection<THeader>(transport, _codec, _options.Connection);
            _connections.Add(connection, transport);
            return connection;
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested && timeout.IsCancellationRequested)
        {
            throw new TimeoutException($"Connecting to {endPoint} took longer than {_options.ConnectTimeout.TotalSeconds} s.", e);
        }
        catch (OperationCanceledException e) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(e.Message, e, cancellationToken);
        }
    }

    /// <summary>Keeps connected to a host, as <see cref="RunAsync(EndPoint, ConnectionHandler{THeader}, CancellationToken)"/>.</summary>
    /// <param name="host">A name or an address in text. A name is looked up for each connection.</param>
    /// <param name="port">The port; 1 to 65,535.</param>
    /// <param name="handler">Called for each connection.</param>
    /// <param name="cancellationToken">Ends it calmly.</param>
    /// <returns>A task that ends when the handler has finished.</returns>
    /// <exception cref="ArgumentException"><paramref name="host"/> is empty.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="port"/> is out of range.</exception>
    /// <inheritdoc cref="RunAsync(EndPoint, ConnectionHandler{THeader}, CancellationToken)" path="/exception|/remarks"/>
    public Task RunAsync(string host, int port, ConnectionHandler<THeader> handler, CancellationToken cancellationToken = default) =>
        RunAsync(ToEndPoint(host, port), handler, cancellationToken);

    /// <summary>
    /// Keeps connected: connects, calls the handler with the connection, and when that is lost connects again, later each time as
    /// <see cref="TcpFrameClientOptions.Reconnect"/> says, and calls the handler anew.
    /// </summary>
    /// <param name="endPoint">An IP address, a <see cref="DnsEndPoint"/> or a <c>UnixDomainSocketEndPoint</c>.</param>
    /// <param name="handler">Called for each connection, one after the other.</param>
    /// <param name="cancellationToken">Ends it calmly: frames that have arrived are still read, then reading ends, and what is queued leaves.</param>
    /// <returns>A task that ends when the handler has finished: it returned before it read to the end, or after it had ended the output itself.</returns>
    /// <exception cref="System.Net.Sockets.SocketException">The server cannot be reached, <see cref="ReconnectOptions.MaxAttempts"/> times in a row.</exception>
    /// <exception cref="IOException">The connection failed, its TLS handshake included, or was ended before a frame came, as often.</exception>
    /// <exception cref="TimeoutException"><see cref="TcpFrameClientOptions.ConnectTimeout"/> was over, as often.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled before the handler had ended, also where that then returned.</exception>
    /// <remarks>
    /// A connection is lost when it failed, and when the handler read to its end without having ended the output before, by
    /// <see cref="FrameConnection{THeader}.CompleteOutputAsync"/> or a body of no declared length. Nothing is sent again: which frames the peer has seen, only its
    /// answers can say, so what a new connection has to hear first is the handler's to send. What the handler throws for other reasons
    /// ends the connection with a reset, and is thrown. When it has finished, closing is as with
    /// <see cref="FrameConnection{THeader}.DisposeAsync"/>: what cannot leave any more is in the log only.
    /// </remarks>
    public Task RunAsync(EndPoint endPoint, ConnectionHandler<THeader> handler, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        ArgumentNullException.ThrowIfNull(handler);
        return new ClientRun<THeader>(this, endPoint, handler, _options).RunAsync(cancellationToken);
    }

    private static EndPoint ToEndPoint(string host, int port)
    {
        ArgumentException.ThrowIfNullOrEmpty(host);
        ArgumentOutOfRangeException.ThrowIfLessThan(port, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(port, IPEndPoint.MaxPort);
        return IPAddress.TryParse(host, out var address) ? new IPEndPoint(address, port) : new DnsEndPoint(host, port);
    }

    private static async Task<ITransportConnection> SecureAsync(
        ITransportConnection transport, SslClientAuthenticationOptions tls, EndPoint endPoint, CancellationToken cancellationToken)
    {
        try
        {
            var host = endPoint switch
            {
                DnsEndPoint dns => dns.Host,
                IPEndPoint ip => ip.Address.ToString(),
                _ => "",
            };
            return await TlsConnection.ConnectAsync(transport, tls, host, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            await transport.TryDiscardAsync(e).ConfigureAwait(false);
            throw;
        }
    }
}
