using System.Net.Security;
using System.Security.Authentication;

namespace FramedSockets.Transport;

/// <summary>The one place that says what an exception of TLS means.</summary>
internal static class TlsFailure
{
    /// <summary>What a failed read or write means.</summary>
    /// <param name="e">What was thrown.</param>
    /// <param name="hasEnded">Whether the plain stream below had ended: then TLS failed because a record is not whole.</param>
    public static FramedSocketException OfStream(Exception e, bool hasEnded) => Find(e)
        ?? (hasEnded
            ? new(FramedSocketError.ConnectionReset, "The stream ended inside a TLS record.", e)
            : new(FramedSocketError.TransportFailed, $"TLS failed with {e.GetType().Name}.", e));

    /// <summary>What a failed handshake means.</summary>
    /// <param name="e">What was thrown.</param>
    /// <param name="check">What became of the peer's certificate, and of the user's callbacks.</param>
    public static FramedSocketException OfHandshake(Exception e, CertificateCheck check)
    {
        if (check.Thrown is { } thrown)
        {
            return new(FramedSocketError.HandshakeFailed, $"A callback of the TLS options threw {thrown.GetType().Name}.", thrown) { IsOfThisSide = true };
        }

        if (check.Errors != SslPolicyErrors.None)
        {
            return new(FramedSocketError.CertificateRefused, $"The peer's certificate was refused: {check.Errors} ({check.Status}).", e);
        }

        // What is neither a peer's bytes nor the network: a certificate that cannot serve, for example.
        return e is AuthenticationException || Find(e) is not { } failure
            ? new(FramedSocketError.HandshakeFailed, $"TLS was not agreed on: {e.GetType().Name}.", e) { IsOfThisSide = e is not (AuthenticationException or IOException) }
            : failure;
    }

    private static FramedSocketException? Find(Exception? e)
    {
        while (e is not (null or FramedSocketException))
        {
            e = e.InnerException;
        }

        return e as FramedSocketException;
    }
}
