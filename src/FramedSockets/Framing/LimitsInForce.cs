namespace FramedSockets.Framing;

/// <summary>The limits for the frame that is read, with what is derived from them, and those for the frames behind it.</summary>
internal struct LimitsInForce(FrameLimits limits)
{
    /// <summary>The limits for this frame.</summary>
    public FrameLimits Now { get; private set; } = limits;

    /// <summary>The limits from the next frame on.</summary>
    public FrameLimits Next { readonly get; set; } = limits;

    /// <summary>What a codec is told at the first byte of a frame.</summary>
    public HeaderDecodeContext FirstLook { get; private set; } = new(limits, examined: 0);

    /// <summary>The longest header.</summary>
    public int MaxHeaderLength { get; private set; } = limits.MaxHeaderLength;

    /// <summary>The longest body that is lent whole.</summary>
    public long MostBuffered { get; private set; } = Least(limits);

    /// <summary>Goes on to the next limits.</summary>
    public void Apply()
    {
        if (!ReferenceEquals(Now, Next))
        {
            this = new(Next);
        }
    }

    private static long Least(FrameLimits limits) => Math.Min(limits.MaxBodyLength, limits.MaxBufferedBodyLength);
}
