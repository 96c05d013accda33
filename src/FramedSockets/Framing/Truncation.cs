namespace FramedSockets.Framing;

/// <summary>The one rule for an end in mid-frame: whether it comes as an end or as a reset, it is a truncated frame.</summary>
internal static class Truncation
{
    public static FramedSocketException AtEnd(long received, long needed) => new(
        FramedSocketError.TruncatedFrame,
        needed > received
            ? $"The stream ended inside a frame: {received} of {needed} bytes arrived."
            : $"The stream ended inside a frame: {received} bytes of it arrived.");

    /// <summary>What a failed read means in mid-frame: a peer that vanished has cut the frame.</summary>
    public static FramedSocketException Of(FramedSocketException failure, long received) =>
        failure.Error == FramedSocketError.ConnectionReset
            ? new(FramedSocketError.TruncatedFrame, $"The connection was reset inside a frame: {received} bytes of it arrived.", failure)
            : failure;
}
