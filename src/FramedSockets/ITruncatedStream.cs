namespace FramedSockets;

/// <summary>An input that can tell an end that the peer announced from one that merely happened.</summary>
internal interface ITruncatedStream
{
    /// <summary>Whether the stream ended without announcement: somebody may have cut it.</summary>
    bool IsTruncated { get; }
}
