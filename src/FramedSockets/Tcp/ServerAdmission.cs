using System.Net;

namespace FramedSockets.Tcp;

/// <summary>Whom a server lets in, and how many. Whoever is refused is closed at once, without a byte. Immutable and safe to share.</summary>
public sealed record ServerAdmission
{
    /// <summary>The rules with every default.</summary>
    public static ServerAdmission Default { get; } = new();

    /// <summary>How many connections may be open.</summary>
    /// <value>
    /// 1 or more; 10,000 by default. On Linux fewer are let in where the process may open fewer files: its limit less 256, which are
    /// left for everything else (or less half, where it is below 512), and at most what was still to be had when the server was started,
    /// less 64.
    /// </value>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1.</exception>
    public int MaxConnections
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = 10_000;

    /// <summary>How many of them one address may have; of IPv6, one network of 64 bits, which is what one subscriber is given.</summary>
    /// <value>1 or more; any number by default. Connections that have no IP address are not counted here.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1.</exception>
    public int MaxConnectionsPerAddress
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = int.MaxValue;

    /// <summary>
    /// How much memory all connections together may hold for what was received and for what waits to be sent. Once a second it is
    /// added up; while it is too much, the connection that holds most ends with <see cref="FramedSocketError.OutOfMemoryBudget"/>.
    /// </summary>
    /// <value>Bytes, 1 or more; <see langword="null"/>, the default, for a quarter of the memory that the process may use.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1.</exception>
    public long? MaxHeldLength
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value ?? 1, 1);
            field = value;
        }
    }

    /// <summary>How many connections may be in their handshake at once: TLS, or a proxy's header.</summary>
    /// <value>1 or more; 512 by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1.</exception>
    public int MaxHandshakes
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = 512;

    /// <summary>
    /// How long what comes before the first frame, TLS or a proxy's header, may take in all, whatever arrives meanwhile: longer is
    /// <see cref="FramedSocketError.HandshakeTimeout"/>.
    /// </summary>
    /// <value>Zero or <see cref="Timeout.InfiniteTimeSpan"/> turn it off; 10 seconds by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative and not infinite, or more than 2,147,483,647 ms (24 days).</exception>
    public TimeSpan HandshakeTimeout
    {
        get;
        init => field = CheckedTimeout.Of(value);
    } = TimeSpan.FromSeconds(10);

    /// <summary>Whom to let in.</summary>
    /// <value>
    /// Networks, which are copied; empty, the default, for everybody. A peer that has no IP address is always let in, and so is a trusted
    /// proxy that speaks for itself (LOCAL in version 2 of its protocol).
    /// </value>
    /// <exception cref="ArgumentNullException">The value is <see langword="null"/>.</exception>
    public IReadOnlyList<IPNetwork> Allowed
    {
        get;
        init => field = [.. value ?? throw new ArgumentNullException(nameof(value))];
    } = [];

    /// <summary>Whom not to let in, also where <see cref="Allowed"/> would.</summary>
    /// <value>Networks, which are copied; none by default.</value>
    /// <exception cref="ArgumentNullException">The value is <see langword="null"/>.</exception>
    public IReadOnlyList<IPNetwork> Denied
    {
        get;
        init => field = [.. value ?? throw new ArgumentNullException(nameof(value))];
    } = [];

    /// <summary>
    /// The proxies that say whom they speak for, by a header of the PROXY protocol, version 1 or 2, before anything else. From these
    /// the header is demanded, and the address in it counts everywhere, for the lists and limits here too; nobody else is believed.
    /// </summary>
    /// <value>Networks, which are copied; none by default.</value>
    /// <exception cref="ArgumentNullException">The value is <see langword="null"/>.</exception>
    public IReadOnlyList<IPNetwork> TrustedProxies
    {
        get;
        init => field = [.. value ?? throw new ArgumentNullException(nameof(value))];
    } = [];
}
