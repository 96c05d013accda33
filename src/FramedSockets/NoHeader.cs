namespace FramedSockets;

/// <summary>The header of a framing that has none to show: the frame is its body. Used by <c>LengthPrefixCodec</c> and every other framing without a header.</summary>
public readonly record struct NoHeader;
