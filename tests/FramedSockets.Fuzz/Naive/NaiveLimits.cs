namespace FramedSockets.Fuzz.Naive;

/// <summary>Limits as plain numbers.</summary>
internal sealed record NaiveLimits(int MaxHeader, long MaxBody, int MaxBuffered, bool Skips)
{
    /// <summary>The longest body that is handed out in one piece.</summary>
    public long MostHeld => MaxBody < MaxBuffered ? MaxBody : MaxBuffered;

    /// <summary>The same limits for the library.</summary>
    public FrameLimits ToLimits() => new()
    {
        MaxHeaderLength = MaxHeader,
        MaxBodyLength = MaxBody,
        MaxBufferedBodyLength = MaxBuffered,
        Oversize = Skips ? OversizePolicy.Skip : OversizePolicy.Close,
    };
}
