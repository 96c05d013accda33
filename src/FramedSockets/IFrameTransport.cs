using System.Net;

namespace FramedSockets;

/// <summary>
/// What turns an address into connected byte streams: the seam below servers and clients. The default is
/// <c>SocketTransport</c>. One instance may serve many servers and clients at once.
/// </summary>
public interface IFrameTransport
{
    /// <summary>Binds and listens.</summary>
    /// <param name="endPoint">Where to listen; an IP port of 0 lets the system choose.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns>The listener, which accepts from now on.</returns>
    /// <exception cref="ArgumentException">It is no address that can be listened on, such as a name, which has to be resolved first.</exception>
    /// <exception cref="System.Net.Sockets.SocketException">The address cannot be bound.</exception>
    ValueTask<ITransportListener> ListenAsync(EndPoint endPoint, CancellationToken cancellationToken = default);

    /// <summary>Connects.</summary>
    /// <param name="endPoint">The peer: an IP address, a host name or a Unix domain socket.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns>The connected stream.</returns>
    /// <exception cref="System.Net.Sockets.SocketException">The peer cannot be reached.</exception>
    ValueTask<ITransportConnection> ConnectAsync(EndPoint endPoint, CancellationToken cancellationToken = default);
}
