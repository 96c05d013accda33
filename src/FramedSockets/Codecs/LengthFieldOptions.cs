namespace FramedSockets.Codecs;

/// <summary>Where the length of a <see cref="LengthFieldCodec"/> stands, and what it counts. Immutable and safe to share.</summary>
public sealed record LengthFieldOptions
{
    /// <summary>Header bytes before the length.</summary>
    /// <value>0 to <see cref="LengthFieldHeader.MaxLength"/>; 0 by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public int BytesBefore
    {
        get;
        init => field = CheckedCount(value);
    }

    /// <summary>Header bytes between the length and the body.</summary>
    /// <value>0 to <see cref="LengthFieldHeader.MaxLength"/>; 0 by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public int BytesAfter
    {
        get;
        init => field = CheckedCount(value);
    }

    /// <summary>The length's bytes.</summary>
    /// <value>1, 2, 3, 4 or 8; 4 by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is another.</exception>
    public int Width
    {
        get;
        init => field = LengthField.CheckedWidth(value);
    } = 4;

    /// <summary>The order of the length's bytes.</summary>
    /// <value><see cref="ByteOrder.BigEndian"/> by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is none of those named.</exception>
    public ByteOrder ByteOrder
    {
        get;
        init => field = Enum.IsDefined(value) ? value : throw new ArgumentOutOfRangeException(nameof(value));
    }

    /// <summary>What the length counts.</summary>
    /// <value><see cref="LengthCounts.WhatFollows"/> by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is none of those named.</exception>
    public LengthCounts Counts
    {
        get;
        init => field = Enum.IsDefined(value) ? value : throw new ArgumentOutOfRangeException(nameof(value));
    }

    /// <summary>
    /// What is added to the length to give the bytes that follow it, where it counts something odd: Netty's
    /// <c>lengthAdjustment</c>.
    /// </summary>
    /// <value>Bytes, negative ones included; 0 by default. Only with <see cref="LengthCounts.WhatFollows"/>.</value>
    public int Adjustment { get; init; }

    private static int CheckedCount(int value)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(value);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, LengthFieldHeader.MaxLength);
        return value;
    }
}
