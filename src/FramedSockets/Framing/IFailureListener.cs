namespace FramedSockets.Framing;

/// <summary>Who is told that a direction of a stream has failed.</summary>
internal interface IFailureListener
{
    /// <summary>No frame follows.</summary>
    void OnReadFailed(FramedSocketException reason);

    /// <summary>Nothing can be sent any more.</summary>
    void OnWriteFailed(FramedSocketException reason);
}
