using System.Net.Sockets;

namespace FramedSockets.Transport;

/// <summary>A reusable socket operation that calls its owner where the event arrives, without flowing an execution context.</summary>
internal sealed class SocketOperation() : SocketAsyncEventArgs(true)
{
    /// <summary>Who is called; set before an operation begins.</summary>
    public ISocketOperationOwner? Owner { get; set; }

    protected override void OnCompleted(SocketAsyncEventArgs e) => Owner!.OnOperationCompleted();
}
