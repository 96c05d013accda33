using System.Net;
using System.Net.Sockets;

namespace FramedSockets.Udp;

/// <summary>Where datagrams go. Errors are values. Thread-safe, but for the batch, which has one owner.</summary>
internal interface IDatagramSink
{
    /// <summary>Sends one datagram, if that needs no wait.</summary>
    SocketError TrySend(ReadOnlyMemory<byte> datagram, SocketAddress? address);

    /// <summary>Sends one datagram.</summary>
    /// <exception cref="OperationCanceledException">The wait was cancelled; nothing was sent.</exception>
    ValueTask<SocketError> SendAsync(ReadOnlyMemory<byte> datagram, SocketAddress? address, CancellationToken cancellationToken);

    /// <summary>Sends what is left of a batch, up to the first error, and notes in the batch how far it came.</summary>
    /// <exception cref="OperationCanceledException">The wait was cancelled; what was sent is noted.</exception>
    ValueTask<SocketError> SendAsync(OutgoingBatch batch, CancellationToken cancellationToken);
}
