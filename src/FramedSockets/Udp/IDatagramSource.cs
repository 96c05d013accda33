using System.Net.Sockets;

namespace FramedSockets.Udp;

/// <summary>Where datagrams come from. Errors are values, since they are part of a datagram's life. One caller at a time.</summary>
internal interface IDatagramSource
{
    /// <summary>Takes the next of the datagrams that were received.</summary>
    bool TryTake(out ArrivedDatagram datagram);

    /// <summary>Who sent the datagram that was taken last.</summary>
    ref readonly DatagramPeer Peer { get; }

    /// <summary>Waits until datagrams arrive and receives as many as one call gives; the ones before are gone.</summary>
    /// <exception cref="OperationCanceledException">The wait was cancelled; nothing is lost.</exception>
    ValueTask<SocketError> ReceiveAsync(CancellationToken cancellationToken);
}
