namespace FramedSockets;

/// <summary>An input inside another stream: it can tell an end that the peer announced from one that merely happened.</summary>
internal interface ITruncatedStream
{
    /// <summary>Whether the stream ended without announcement: somebody may have cut it.</summary>
    bool IsTruncated { get; }

    /// <summary>Whether a part of it has begun to arrive, of which nothing can be read before the rest is there. Exact while no read is pending.</summary>
    bool IsInPart { get; }
}
