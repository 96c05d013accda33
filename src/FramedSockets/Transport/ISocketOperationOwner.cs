namespace FramedSockets.Transport;

/// <summary>Who has a <see cref="SocketOperation"/> under way.</summary>
internal interface ISocketOperationOwner
{
    /// <summary>It has ended; called where the event arrives.</summary>
    void OnOperationCompleted();
}
