using System.Net.Security;
using FramedSockets.Transport;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace FramedSockets.Tcp;

/// <summary>How a client connects. Immutable and safe to share.</summary>
public sealed record TcpFrameClientOptions
{
    /// <summary>The options with every default.</summary>
    public static TcpFrameClientOptions Default { get; } = new();

    /// <summary>How each connection behaves, and the clock.</summary>
    /// <value><see cref="FrameConnectionOptions.Default"/> by default.</value>
    /// <exception cref="ArgumentNullException">The value is <see langword="null"/>.</exception>
    public FrameConnectionOptions Connection
    {
        get;
        init => field = value ?? throw new ArgumentNullException(nameof(value));
    } = FrameConnectionOptions.Default;

    /// <summary>What the bytes travel on.</summary>
    /// <value><see cref="SocketTransport.Default"/> by default.</value>
    /// <exception cref="ArgumentNullException">The value is <see langword="null"/>.</exception>
    public IFrameTransport Transport
    {
        get;
        init => field = value ?? throw new ArgumentNullException(nameof(value));
    } = SocketTransport.Default;

    /// <summary>TLS, and what the server has to prove.</summary>
    /// <value>
    /// <see langword="null"/>, the default, for plain connections. The server's certificate must be valid for
    /// <see cref="SslClientAuthenticationOptions.TargetHost"/>, or else for the host that is connected to, unless a callback of the
    /// options decides. Versions before TLS 1.2 and renegotiation are never accepted.
    /// </value>
    public SslClientAuthenticationOptions? Tls { get; init; }

    /// <summary>How long the peers of open connections are waited for.</summary>
    /// <value><see cref="FrameDeadlines.Client"/> by default: the lowest rates, and no deadline for the first header or for rest.</value>
    /// <exception cref="ArgumentNullException">The value is <see langword="null"/>.</exception>
    public FrameDeadlines Deadlines
    {
        get;
        init => field = value ?? throw new ArgumentNullException(nameof(value));
    } = FrameDeadlines.Client;

    /// <summary>How long connecting may take, the look-up of a name and TLS included.</summary>
    /// <value>Zero or more, or <see cref="Timeout.InfiniteTimeSpan"/>; 15 seconds by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative and not infinite, or more than 2,147,483,647 ms (24 days).</exception>
    public TimeSpan ConnectTimeout
    {
        get;
        init => field = CheckedTimeout.Of(value);
    } = TimeSpan.FromSeconds(15);

    /// <summary>How <see cref="TcpFrameClient{THeader}.RunAsync(System.Net.EndPoint, ConnectionHandler{THeader}, CancellationToken)"/> connects again.</summary>
    /// <value><see cref="ReconnectOptions.Default"/> by default.</value>
    /// <exception cref="ArgumentNullException">The value is <see langword="null"/>.</exception>
    public ReconnectOptions Reconnect
    {
        get;
        init => field = value ?? throw new ArgumentNullException(nameof(value));
    } = ReconnectOptions.Default;

    /// <summary>Where <c>RunAsync</c> logs, under the category <c>FramedSockets.Tcp.TcpFrameClient</c>.</summary>
    /// <value>Nowhere by default. What a logger throws changes nothing.</value>
    /// <exception cref="ArgumentNullException">The value is <see langword="null"/>.</exception>
    public ILoggerFactory LoggerFactory
    {
        get;
        init => field = value ?? throw new ArgumentNullException(nameof(value));
    } = NullLoggerFactory.Instance;
}
