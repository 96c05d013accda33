using FramedSockets.Framing;

namespace FramedSockets.Tcp;

/// <summary>What the owner of a connection sees of it, whatever its headers are. Any thread.</summary>
internal interface IFrameChannel
{
    /// <summary>The bytes that wait to be sent.</summary>
    long QueuedLength { get; }

    /// <summary>What is waited for now.</summary>
    ReadState Reading { get; }

    /// <summary>Whether a frame was taken.</summary>
    bool HasTaken { get; }

    /// <summary>Whether whoever reads was told that no frame follows, because the peer ended or this side stops.</summary>
    bool HasReadEnd { get; }

    /// <summary>Whether this side ended the output before it read the end: then that is no loss.</summary>
    bool ExpectsEnd { get; }

    /// <summary>Whether the output has failed.</summary>
    bool HasFailed { get; }

    /// <summary>What is being sent now. Pings do not count as movement: nobody was moved to send them.</summary>
    WriteState Writing { get; }

    /// <summary>Sends the codec's ping, if it has one and nothing else is on its way. One caller at a time.</summary>
    void Ping();

    /// <summary>Asks for a calm end of reading.</summary>
    void RequestStop();

    /// <summary>Ends both directions with a reason, at once.</summary>
    void Break(FramedSocketException reason);

    /// <summary>Sends what is queued and the end of the stream, through whichever framing goes on. Idempotent.</summary>
    ValueTask CompleteOutputAsync(CancellationToken cancellationToken);

    /// <summary>Sends what is queued, and closes. Idempotent.</summary>
    ValueTask CloseAsync();
}
