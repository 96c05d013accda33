namespace FramedSockets.Framing;

/// <summary>What a reader waits for.</summary>
internal enum ReadPhase : byte
{
    /// <summary>Nothing: nobody reads, or what was read is being handled.</summary>
    None,

    /// <summary>The header of the first frame.</summary>
    FirstHeader,

    /// <summary>The first byte of a frame behind the first.</summary>
    Border,

    /// <summary>The rest of a frame.</summary>
    Frame,
}
