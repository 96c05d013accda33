namespace FramedSockets.Transport;

/// <summary>A receive that was put off.</summary>
internal interface IDeferredReceive
{
    /// <summary>Begins it.</summary>
    /// <param name="isAlone">Whether no other waited for the same turn.</param>
    void Begin(bool isAlone);
}
