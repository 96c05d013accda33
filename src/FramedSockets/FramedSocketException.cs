namespace FramedSockets;

/// <summary>
/// A frame was refused or a connection ended for a reason other than misuse. <see cref="Error"/> says which; the message
/// carries the numbers (declared, received, limit) and never the peer's bytes.
/// </summary>
public sealed class FramedSocketException : IOException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="error">The reason.</param>
    /// <param name="message">One sentence with the numbers; no text that came from the peer.</param>
    /// <param name="innerException">What caused it, or <see langword="null"/>.</param>
    public FramedSocketException(FramedSocketError error, string message, Exception? innerException = null)
        : base(message, innerException) => Error = error;

    /// <summary>The reason.</summary>
    public FramedSocketError Error { get; }

    /// <summary>Whether a codec threw what stands inside, where it should have refused the bytes: most likely it has a bug.</summary>
    internal bool IsThrownByCodec { get; init; }

    /// <summary>Whether what stands inside is the fault of this side, and of no peer: a callback of its TLS options threw it, for example.</summary>
    internal bool IsOfThisSide { get; init; }
}
