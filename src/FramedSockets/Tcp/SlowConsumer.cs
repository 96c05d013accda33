namespace FramedSockets.Tcp;

/// <summary>What a broadcast does about a connection whose output queue is full, because its peer does not read as fast as frames come.</summary>
public enum SlowConsumer
{
    /// <summary>Waits until it has room. The others have their frame by then, but the next broadcast comes as late as the slowest allows.</summary>
    Wait,

    /// <summary>Leaves it out: it misses this frame and stays in the group.</summary>
    Drop,

    /// <summary>Ends it, with <see cref="FramedSocketError.ConnectionAborted"/>: it misses nothing unnoticed.</summary>
    Close,
}
