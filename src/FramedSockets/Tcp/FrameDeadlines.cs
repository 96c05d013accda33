namespace FramedSockets.Tcp;

/// <summary>
/// How long a server or a client waits for a peer. Once a second it looks at every connection; one that is late ends, and its
/// <see cref="FramedSocketError"/> says for what. Only time in which the peer has to act counts: while a handler works and does
/// not read, nothing runs against the peer, and a process that was stopped starts no clock late. Immutable and safe to share.
/// </summary>
/// <remarks>
/// Nothing fires before its time, and each at most about a second after it. A rate is taken over one <see cref="Grace"/> after the
/// other, so a peer that halts ends one to two of them after its last byte.
/// </remarks>
public sealed record FrameDeadlines
{
    /// <summary>The deadlines with every default: those of a server.</summary>
    public static FrameDeadlines Default { get; } = new();

    /// <summary>
    /// Those of a client by default: the lowest rates, and neither <see cref="FirstHeader"/> nor <see cref="Idle"/>, since a client waits as
    /// long as its server needs. For a ping, <c>FrameDeadlines.Client with { Ping = … }</c>: a new one has a server's deadlines.
    /// </summary>
    public static FrameDeadlines Client { get; } = new() { FirstHeader = TimeSpan.Zero, Idle = TimeSpan.Zero };

    /// <summary>No deadline at all.</summary>
    public static FrameDeadlines None { get; } = new()
    {
        FirstHeader = TimeSpan.Zero,
        Idle = TimeSpan.Zero,
        MinimumReadRate = 0,
        MinimumWriteRate = 0,
    };

    /// <summary>
    /// How long the header of the first frame may take, from the opening of the connection on, whatever arrives meanwhile:
    /// later is <see cref="FramedSocketError.HeaderTimeout"/>.
    /// </summary>
    /// <value>Zero or <see cref="Timeout.InfiniteTimeSpan"/> turn it off, where peers only listen for example; 10 seconds by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative and not infinite, or more than 2,147,483,647 ms (24 days).</exception>
    public TimeSpan FirstHeader
    {
        get;
        init => field = CheckedTimeout.Of(value);
    } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long a connection may rest between frames, with nothing arriving and nothing leaving: longer is
    /// <see cref="FramedSocketError.IdleTimeout"/>.
    /// </summary>
    /// <value>Zero or <see cref="Timeout.InfiniteTimeSpan"/> turn it off; 120 seconds by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative and not infinite, or more than 2,147,483,647 ms (24 days).</exception>
    public TimeSpan Idle
    {
        get;
        init => field = CheckedTimeout.Of(value);
    } = TimeSpan.FromSeconds(120);

    /// <summary>
    /// After how long with nothing sent the codec's <see cref="IHeaderCodec{THeader}.Ping"/> is sent, so that the peer, and what lies
    /// between, knows that this side is there. Pings of this side do not end its own <see cref="Idle"/>; those that arrive do.
    /// </summary>
    /// <value>
    /// Zero, the default, or <see cref="Timeout.InfiniteTimeSpan"/> for no pings. A server or client whose codec has none refuses
    /// another value.
    /// </value>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative and not infinite, or more than 2,147,483,647 ms (24 days).</exception>
    public TimeSpan Ping
    {
        get;
        init => field = CheckedTimeout.Of(value);
    }

    /// <summary>The lowest rate at which a frame that has begun may arrive; slower is <see cref="FramedSocketError.ReadTimeout"/>.</summary>
    /// <value>Bytes a second, over each <see cref="Grace"/>; 0 turns it off; 240 by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int MinimumReadRate
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            field = value;
        }
    } = 240;

    /// <summary>The lowest rate at which the peer may take what is sent; slower is <see cref="FramedSocketError.WriteTimeout"/>.</summary>
    /// <value>Bytes a second, over each <see cref="Grace"/>; 0 turns it off; 240 by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int MinimumWriteRate
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            field = value;
        }
    } = 240;

    /// <summary>Over how long a time a rate is taken, and so how long a peer may surely pause inside a frame.</summary>
    /// <value>Zero (a second) or more; 5 seconds by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative, infinite, or more than 2,147,483,647 ms (24 days).</exception>
    public TimeSpan Grace
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, TimeSpan.Zero);
            field = CheckedTimeout.Of(value);
        }
    } = TimeSpan.FromSeconds(5);

    /// <summary>Whether there is nothing to look at.</summary>
    internal bool AreOff => FirstHeader <= TimeSpan.Zero && Idle <= TimeSpan.Zero && Ping <= TimeSpan.Zero
        && MinimumReadRate == 0 && MinimumWriteRate == 0;

    /// <summary>Refuses pings of a codec that has none.</summary>
    internal void Check<THeader>(IHeaderCodec<THeader> codec)
    {
        if (Ping > TimeSpan.Zero && codec.Ping is null)
        {
            throw new ArgumentException("Deadlines.Ping is set, but the codec has no ping: wrap it in a PingCodec.", nameof(codec));
        }
    }
}
