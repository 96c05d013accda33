using System.Buffers;

namespace FramedSockets.Udp;

/// <summary>Sending where a frame is just its body.</summary>
public static class NoHeaderDatagramExtensions
{
    /// <summary>Sends a frame to the connected peer.</summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="body">The body; it is copied before the call returns.</param>
    /// <param name="cancellationToken">Ends the wait for room; then nothing is sent.</param>
    /// <inheritdoc cref="UdpDatagramEndpoint{THeader}.SendAsync(in THeader, ReadOnlyMemory{byte}, CancellationToken)"/>
    public static ValueTask SendAsync(
        this UdpDatagramEndpoint<NoHeader> endpoint, ReadOnlyMemory<byte> body, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        return endpoint.SendAsync(default, body, cancellationToken);
    }

    /// <summary>Sends a frame to a peer.</summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="body">The body; it is copied before the call returns.</param>
    /// <param name="peer">Where it goes.</param>
    /// <param name="cancellationToken">Ends the wait for room; then nothing is sent.</param>
    /// <inheritdoc cref="UdpDatagramEndpoint{THeader}.SendAsync(in THeader, ReadOnlyMemory{byte}, in DatagramPeer, CancellationToken)"/>
    public static ValueTask SendAsync(
        this UdpDatagramEndpoint<NoHeader> endpoint, ReadOnlyMemory<byte> body, in DatagramPeer peer, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        return endpoint.SendAsync(default, body, peer, cancellationToken);
    }

    /// <summary>Sends a frame back to the sender.</summary>
    /// <param name="datagram">The datagram that is answered.</param>
    /// <param name="body">The body; it may be that of the datagram.</param>
    /// <param name="cancellationToken">Ends the wait for room; then nothing is sent.</param>
    /// <inheritdoc cref="Datagram{THeader}.ReplyAsync(in THeader, ReadOnlyMemory{byte}, CancellationToken)"/>
    public static ValueTask ReplyAsync(this in Datagram<NoHeader> datagram, ReadOnlyMemory<byte> body, CancellationToken cancellationToken = default) =>
        datagram.ReplyAsync(default, body, cancellationToken);

    /// <summary>Sends a frame back to the sender.</summary>
    /// <param name="datagram">The datagram that is answered.</param>
    /// <param name="body">The body; it may be that of the datagram.</param>
    /// <param name="cancellationToken">Ends the wait for room; then nothing is sent.</param>
    /// <inheritdoc cref="Datagram{THeader}.ReplyAsync(in THeader, ReadOnlyMemory{byte}, CancellationToken)"/>
    public static ValueTask ReplyAsync(
        this in Datagram<NoHeader> datagram, in ReadOnlySequence<byte> body, CancellationToken cancellationToken = default) =>
        datagram.ReplyAsync(default, body, cancellationToken);

    /// <summary>Sends a frame back to the sender, if that needs no wait, as <see cref="Datagram{THeader}.TryReply(in THeader, in ReadOnlySequence{byte})"/>.</summary>
    /// <param name="datagram">The datagram.</param>
    /// <param name="body">The body; that of the datagram, for example.</param>
    /// <returns><see langword="false"/> when the system has no room now.</returns>
    /// <inheritdoc cref="Datagram{THeader}.TryReply(in THeader, in ReadOnlySequence{byte})" path="/exception"/>
    public static bool TryReply(this in Datagram<NoHeader> datagram, in ReadOnlySequence<byte> body) => datagram.TryReply(default, body);
}
