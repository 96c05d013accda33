namespace FramedSockets.Framing;

/// <summary>Who is told that a direction of a stream has failed.</summary>
internal interface IFailureListener
{
    /// <summary>Whether this is why the stream ends, or something before it is: the reason that counts, for everybody.</summary>
    FramedSocketException Decide(FramedSocketException reason);

    /// <summary>No frame follows. Returns the reason that counts: what whoever reads is told.</summary>
    FramedSocketException OnReadFailed(FramedSocketException reason);

    /// <summary>Nothing can be sent any more.</summary>
    void OnWriteFailed(FramedSocketException reason);
}
