namespace FramedSockets;

/// <summary>What a codec is told while it decodes a header.</summary>
/// <param name="limits">The limits in force for this frame.</param>
/// <param name="examined">What the codec returned as examined when it last asked for more of this frame.</param>
public readonly struct HeaderDecodeContext(FrameLimits limits, int examined)
{
    /// <summary>The limits in force for this frame.</summary>
    public FrameLimits Limits { get; } = limits;

    /// <summary>How many bytes of this frame the codec has looked at before: it need not scan them again.</summary>
    public int Examined { get; } = examined;
}
