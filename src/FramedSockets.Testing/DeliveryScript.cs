namespace FramedSockets.Testing;

/// <summary>
/// What a bad network does to a connection, drawn at random: it cuts what is sent into pieces, delays them, and may cut the
/// connection off. The same seed does the same again. Immutable and safe to share.
/// </summary>
/// <param name="Seed">
/// Where the random numbers begin. It stands in the message of an error that the script causes; <see cref="Seeds"/> puts it into
/// whatever else fails.
/// </param>
public sealed record DeliveryScript(int Seed)
{
    /// <summary>The longest piece: each is of 1 to so many bytes, and a read sees one piece more than the last.</summary>
    /// <value>Bytes; 1 or more; 64 by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1.</exception>
    public int MaxPieceLength
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = 64;

    /// <summary>The longest delay of a piece behind the one before it, by <see cref="MemoryConnectionOptions.TimeProvider"/>.</summary>
    /// <value>Zero (none), the default, or more.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative, infinite, or more than 2,147,483,647 ms (24 days).</exception>
    public TimeSpan MaxDelay
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, TimeSpan.Zero);
            field = CheckedTimeout.Of(value);
        }
    }

    /// <summary>
    /// Cuts the connection off once so many bytes or fewer were sent in one direction: both sides then see
    /// <see cref="FramedSocketError.ConnectionReset"/>, the receiver behind what had been sent.
    /// </summary>
    /// <value>Bytes, 1 or more; <see langword="null"/>, the default, for never.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1.</exception>
    public int? CutWithin
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value ?? 1, 1);
            field = value;
        }
    }
}
