using System.Net;

namespace FramedSockets;

/// <summary>A bound, listening address. Disposing it ends a pending accept and frees the address; it is idempotent.</summary>
public interface ITransportListener : IAsyncDisposable
{
    /// <summary>The address in fact bound, a port of 0 resolved.</summary>
    EndPoint EndPoint { get; }

    /// <summary>Waits for the next connection. Called by one caller at a time.</summary>
    /// <param name="cancellationToken">Ends the wait; no connection is lost.</param>
    /// <returns>The connection, or <see langword="null"/> once the listener was disposed.</returns>
    /// <exception cref="System.Net.Sockets.SocketException">One accept failed, for want of descriptors for example; the listener goes on.</exception>
    ValueTask<ITransportConnection?> AcceptAsync(CancellationToken cancellationToken = default);
}
