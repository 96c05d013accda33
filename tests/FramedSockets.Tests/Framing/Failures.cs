using FramedSockets.Framing;

namespace FramedSockets.Tests.Framing;

/// <summary>Keeps what a writer says of its failure.</summary>
internal sealed class Failures : IFailureListener
{
    public FramedSocketException? OfWriting { get; private set; }

    public FramedSocketException Decide(FramedSocketException reason) => reason;

    public FramedSocketException OnReadFailed(FramedSocketException reason) => throw new InvalidOperationException("Nobody reads here.", reason);

    public void OnWriteFailed(FramedSocketException reason) => OfWriting = reason;
}
