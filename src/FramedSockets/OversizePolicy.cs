namespace FramedSockets;

/// <summary>What becomes of a frame that declares a longer body than the limit allows.</summary>
public enum OversizePolicy
{
    /// <summary>It is refused with <see cref="FramedSocketError.BodyTooLong"/>, and the connection ends.</summary>
    Close,

    /// <summary>
    /// It is handed out without its body, with <see cref="Frame{THeader}.IsOversized"/> set, so that it can be answered; its
    /// body is skipped as it arrives, and the connection goes on.
    /// </summary>
    Skip,
}
