namespace FramedSockets;

/// <summary>What a codec is told while it encodes a header.</summary>
/// <param name="limits">The limits in force for this frame.</param>
/// <param name="bodyLength">The body's length in bytes, or <see cref="HeaderDecodeResult.UntilEnd"/>.</param>
public readonly struct HeaderEncodeContext(FrameLimits limits, long bodyLength)
{
    /// <summary>The limits in force for this frame.</summary>
    public FrameLimits Limits { get; } = limits;

    /// <summary>The body's length in bytes, or <see cref="HeaderDecodeResult.UntilEnd"/>.</summary>
    public long BodyLength { get; } = bodyLength;
}
