namespace FramedSockets;

/// <summary>Why a frame was refused or a connection ended. Each <see cref="FramedSocketException"/> carries one.</summary>
public enum FramedSocketError
{
    /// <summary>The header bytes are not what the codec expects, or the codec failed on them.</summary>
    MalformedHeader = 1,

    /// <summary>The header is longer than <see cref="FrameLimits.MaxHeaderLength"/>.</summary>
    HeaderTooLong,

    /// <summary>The declared body is longer than <see cref="FrameLimits.MaxBodyLength"/>, or than the framing can say.</summary>
    BodyTooLong,

    /// <summary>The bytes after the body are not the trailer that the framing asks for.</summary>
    MalformedTrailer,

    /// <summary>The body cannot be carried by this framing: it holds the bytes that would end it, or has another size.</summary>
    UnframeableBody,

    /// <summary>The stream ended, or the peer vanished, in the middle of a frame.</summary>
    TruncatedFrame,

    /// <summary>The peer reset the connection, or no longer takes bytes.</summary>
    ConnectionReset,

    /// <summary>The network gave the connection up: keep-alive or retransmission ran out.</summary>
    ConnectionTimedOut,

    /// <summary>This side ended the connection: <c>Abort</c>, a handler or a body source that failed, or the end of a drain.</summary>
    ConnectionAborted,

    /// <summary>The transport failed for another reason; the inner exception says which.</summary>
    TransportFailed,

    /// <summary>The first header did not arrive in time.</summary>
    HeaderTimeout,

    /// <summary>No frame went either way for too long.</summary>
    IdleTimeout,

    /// <summary>A frame that had begun arrived more slowly than the lowest rate.</summary>
    ReadTimeout,

    /// <summary>The peer took what was sent more slowly than the lowest rate, or not at all.</summary>
    WriteTimeout,

    /// <summary>What comes before the first frame, TLS or a proxy's header, was not done in time.</summary>
    HandshakeTimeout,

    /// <summary>TLS was not agreed on: what came is not TLS, or the sides have no version or cipher in common; or this side failed, in a callback of its options for example.</summary>
    HandshakeFailed,

    /// <summary>The peer's TLS certificate was refused, or it has none; the message says why.</summary>
    CertificateRefused,

    /// <summary>The peer's address is not one of those that are let in.</summary>
    AddressDenied,

    /// <summary>A trusted proxy did not begin with a header of the PROXY protocol.</summary>
    MalformedProxyHeader,

    /// <summary>As many connections are open as may be: in all, from one address, or in their handshake.</summary>
    TooManyConnections,

    /// <summary>The connections of the server held more memory than they may, and this one held the most.</summary>
    OutOfMemoryBudget,
}
