using System.Net.Sockets;

namespace FramedSockets.Transport;

/// <summary>A reusable socket operation that calls back where the event arrives, without flowing an execution context.</summary>
internal sealed class SocketOperation(Action onCompleted) : SocketAsyncEventArgs(true)
{
    protected override void OnCompleted(SocketAsyncEventArgs e) => onCompleted();
}
