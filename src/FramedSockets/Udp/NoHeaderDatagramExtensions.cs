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

    /// <summary>Sends a frame to the connected peer.</summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="body">The body; it is copied before the call returns.</param>
    /// <param name="cancellationToken">Ends the wait for room; then nothing is sent.</param>
    /// <inheritdoc cref="UdpDatagramEndpoint{THeader}.SendAsync(in THeader, in ReadOnlySequence{byte}, CancellationToken)"/>
    public static ValueTask SendAsync(
        this UdpDatagramEndpoint<NoHeader> endpoint, in ReadOnlySequence<byte> body, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        return endpoint.SendAsync(default, body, cancellationToken);
    }

    /// <summary>Sends a frame to a peer.</summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="body">The body; it is copied before the call returns.</param>
    /// <param name="peer">Where it goes.</param>
    /// <param name="cancellationToken">Ends the wait for room; then nothing is sent.</param>
    /// <inheritdoc cref="UdpDatagramEndpoint{THeader}.SendAsync(in THeader, in ReadOnlySequence{byte}, in DatagramPeer, CancellationToken)"/>
    public static ValueTask SendAsync(
        this UdpDatagramEndpoint<NoHeader> endpoint, in ReadOnlySequence<byte> body, in DatagramPeer peer, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        return endpoint.SendAsync(default, body, peer, cancellationToken);
    }

    /// <summary>Sends a frame to the connected peer, if that needs no wait.</summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="body">The body; it is copied.</param>
    /// <returns><see langword="false"/> when the system has no room now.</returns>
    /// <inheritdoc cref="UdpDatagramEndpoint{THeader}.TrySend(in THeader, ReadOnlySpan{byte})" path="/exception"/>
    public static bool TrySend(this UdpDatagramEndpoint<NoHeader> endpoint, ReadOnlySpan<byte> body)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        return endpoint.TrySend(default, body);
    }

    /// <summary>Sends a frame to a peer, if that needs no wait.</summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="body">The body; it is copied.</param>
    /// <param name="peer">Where it goes.</param>
    /// <returns><see langword="false"/> when the system has no room now.</returns>
    /// <inheritdoc cref="UdpDatagramEndpoint{THeader}.TrySend(in THeader, ReadOnlySpan{byte}, in DatagramPeer)" path="/exception"/>
    public static bool TrySend(this UdpDatagramEndpoint<NoHeader> endpoint, ReadOnlySpan<byte> body, in DatagramPeer peer)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        return endpoint.TrySend(default, body, peer);
    }

    /// <summary>Adds a frame to the connected peer.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="body">The body; it is copied.</param>
    /// <inheritdoc cref="DatagramBatch{THeader}.Add(in THeader, ReadOnlySpan{byte})"/>
    public static void Add(this DatagramBatch<NoHeader> batch, ReadOnlySpan<byte> body)
    {
        ArgumentNullException.ThrowIfNull(batch);
        batch.Add(default, body);
    }

    /// <inheritdoc cref="Add(DatagramBatch{NoHeader}, ReadOnlySpan{byte})"/>
    public static void Add(this DatagramBatch<NoHeader> batch, in ReadOnlySequence<byte> body)
    {
        ArgumentNullException.ThrowIfNull(batch);
        batch.Add(default, body);
    }

    /// <summary>Adds a frame to a peer.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="body">The body; it is copied, so that it may be that of a datagram that was received.</param>
    /// <param name="peer">Where it goes.</param>
    /// <inheritdoc cref="DatagramBatch{THeader}.Add(in THeader, ReadOnlySpan{byte}, in DatagramPeer)"/>
    public static void Add(this DatagramBatch<NoHeader> batch, ReadOnlySpan<byte> body, in DatagramPeer peer)
    {
        ArgumentNullException.ThrowIfNull(batch);
        batch.Add(default, body, peer);
    }

    /// <inheritdoc cref="Add(DatagramBatch{NoHeader}, ReadOnlySpan{byte}, in DatagramPeer)"/>
    public static void Add(this DatagramBatch<NoHeader> batch, in ReadOnlySequence<byte> body, in DatagramPeer peer)
    {
        ArgumentNullException.ThrowIfNull(batch);
        batch.Add(default, body, peer);
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
