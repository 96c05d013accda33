using System.Buffers;

namespace FramedSockets.Udp;

/// <summary>
/// A frame that arrived in a datagram, and who sent it. The body lends the receive buffer, without a copy: it is valid until
/// the next receive, or until its handler returns; using it later throws. The header and the peer stay valid.
/// </summary>
/// <typeparam name="THeader">The header's type.</typeparam>
/// <remarks>Not thread-safe. A sender's address can be forged: a reply that is longer than what it answers helps to flood others.</remarks>
public readonly struct Datagram<THeader>
{
    private readonly UdpDatagramEndpoint<THeader>? _endpoint;

    internal Datagram(UdpDatagramEndpoint<THeader> endpoint, in Frame<THeader> frame, in DatagramPeer peer)
    {
        _endpoint = endpoint;
        Frame = frame;
        Peer = peer;
    }

    /// <summary>The frame.</summary>
    public Frame<THeader> Frame { get; }

    /// <summary>Who sent it.</summary>
    public DatagramPeer Peer { get; }

    /// <summary>The frame's header.</summary>
    public THeader Header => Frame.Header;

    /// <summary>The frame's body, in the receive buffer.</summary>
    /// <exception cref="InvalidOperationException">The datagram is no longer valid.</exception>
    public ReadOnlySequence<byte> Body => Frame.Body;

    private UdpDatagramEndpoint<THeader> Endpoint => _endpoint ?? throw new InvalidOperationException("This datagram is empty: it was not received.");

    /// <summary>Sends a frame back to the sender.</summary>
    /// <param name="header">The header.</param>
    /// <param name="body">The body; it is copied before the call returns, so that it may be that of this datagram.</param>
    /// <param name="cancellationToken">Ends the wait for room.</param>
    /// <returns>A task that ends when the system took the datagram.</returns>
    /// <inheritdoc cref="UdpDatagramEndpoint{THeader}.SendAsync(in THeader, ReadOnlyMemory{byte}, in DatagramPeer, CancellationToken)" path="/exception"/>
    public ValueTask ReplyAsync(in THeader header, ReadOnlyMemory<byte> body, CancellationToken cancellationToken = default) =>
        Endpoint.SendAsync(header, body, Peer, cancellationToken);

    /// <inheritdoc cref="ReplyAsync(in THeader, ReadOnlyMemory{byte}, CancellationToken)"/>
    public ValueTask ReplyAsync(in THeader header, in ReadOnlySequence<byte> body, CancellationToken cancellationToken = default) =>
        Endpoint.SendAsync(header, body, Peer, cancellationToken);

    /// <summary>Sends a frame back to the sender, if that needs no wait.</summary>
    /// <param name="header">The header.</param>
    /// <param name="body">The body.</param>
    /// <returns><see langword="false"/> when the system has no room now.</returns>
    /// <inheritdoc cref="UdpDatagramEndpoint{THeader}.TrySend(in THeader, ReadOnlySpan{byte}, in DatagramPeer)" path="/exception"/>
    public bool TryReply(in THeader header, ReadOnlySpan<byte> body) => Endpoint.TrySend(header, body, Peer);

    /// <inheritdoc cref="TryReply(in THeader, ReadOnlySpan{byte})"/>
    public bool TryReply(in THeader header, in ReadOnlySequence<byte> body) => Endpoint.TrySend(header, body, Peer);
}
