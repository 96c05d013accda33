using System.Net;
using System.Net.Security;
using FramedSockets.Transport;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace FramedSockets.Tcp;

/// <summary>Where a server listens and what it allows. Immutable and safe to share.</summary>
public sealed record TcpFrameServerOptions
{
    /// <summary>Where to listen: an IP address with a port (0 lets the system choose), or a <c>UnixDomainSocketEndPoint</c>.</summary>
    /// <value><c>127.0.0.1:0</c> by default. <see cref="IPAddress.IPv6Any"/> takes IPv4 as well.</value>
    /// <exception cref="ArgumentNullException">The value is <see langword="null"/>.</exception>
    public EndPoint EndPoint
    {
        get;
        init => field = value ?? throw new ArgumentNullException(nameof(value));
    } = new IPEndPoint(IPAddress.Loopback, 0);

    /// <summary>How each connection behaves, and its clock, which is the server's too.</summary>
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

    /// <summary>Who is let in, and how many.</summary>
    /// <value><see cref="ServerAdmission.Default"/> by default.</value>
    /// <exception cref="ArgumentNullException">The value is <see langword="null"/>.</exception>
    public ServerAdmission Admission
    {
        get;
        init => field = value ?? throw new ArgumentNullException(nameof(value));
    } = ServerAdmission.Default;

    /// <summary>How long peers are waited for.</summary>
    /// <value><see cref="FrameDeadlines.Default"/> by default.</value>
    /// <exception cref="ArgumentNullException">The value is <see langword="null"/>.</exception>
    public FrameDeadlines Deadlines
    {
        get;
        init => field = value ?? throw new ArgumentNullException(nameof(value));
    } = FrameDeadlines.Default;

    /// <summary>TLS, and the server's certificate.</summary>
    /// <value>
    /// <see langword="null"/>, the default, for plain connections. The options are read anew for each connection, so that a certificate
    /// put into them, or chosen by their callback, serves the next ones. Versions before TLS 1.2 and renegotiation are never offered.
    /// </value>
    /// <remarks>
    /// Where a certificate is demanded of clients, it is checked unless a callback of the options decides. The handshake has the time
    /// and the room that <see cref="Admission"/> says.
    /// </remarks>
    public SslServerAuthenticationOptions? Tls { get; init; }

    /// <summary>How long stopping waits for handlers to end by themselves before it aborts what is left.</summary>
    /// <value>Zero (abort at once) or more, or <see cref="Timeout.InfiniteTimeSpan"/>; 30 seconds by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative and not infinite, or more than 2,147,483,647 ms (24 days).</exception>
    public TimeSpan DrainTimeout
    {
        get;
        init => field = CheckedTimeout.Of(value);
    } = TimeSpan.FromSeconds(30);

    /// <summary>Where the server logs, under the category <c>FramedSockets.Tcp.TcpFrameServer</c>.</summary>
    /// <value>Nowhere by default. What a logger throws changes nothing.</value>
    /// <exception cref="ArgumentNullException">The value is <see langword="null"/>.</exception>
    public ILoggerFactory LoggerFactory
    {
        get;
        init => field = value ?? throw new ArgumentNullException(nameof(value));
    } = NullLoggerFactory.Instance;
}
