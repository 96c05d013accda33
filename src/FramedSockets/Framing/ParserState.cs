namespace FramedSockets.Framing;

/// <summary>Where a <see cref="FrameParser{THeader}"/> stands.</summary>
internal enum ParserState : byte
{
    /// <summary>At the first byte of a frame.</summary>
    Head,

    /// <summary>The header is decoded; the rest has not arrived.</summary>
    Body,

    /// <summary>The next frame can be taken.</summary>
    Ready,

    /// <summary>A streamed body was handed out.</summary>
    Stream,

    /// <summary>A streamed body is over; its trailer is next.</summary>
    Trailer,

    /// <summary>The input ended, or failed.</summary>
    Ended,

    /// <summary>Reading was ended by this side.</summary>
    Closed,
}
