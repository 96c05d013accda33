namespace FramedSockets.Transport;

/// <summary>Who has a <see cref="SocketReceive"/> or a <see cref="SocketSend"/> under way.</summary>
internal interface ISocketOperationOwner
{
    /// <summary>It has ended; called where the event arrives.</summary>
    void OnOperationCompleted();
}
