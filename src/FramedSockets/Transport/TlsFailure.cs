using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

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
    /// <param name="errors">Why the peer's certificate was refused, if it was.</param>
    /// <param name="status">What is wrong with its chain.</param>
    public static FramedSocketException OfHandshake(Exception e, SslPolicyErrors errors, X509ChainStatusFlags status)
    {
        if (errors != SslPolicyErrors.None)
        {
            return new(FramedSocketError.CertificateRefused, $"The peer's certificate was refused: {errors} ({status}).", e);
        }

        return e is AuthenticationException || Find(e) is not { } failure
            ? new(FramedSocketError.HandshakeFailed, $"TLS was not agreed on: {e.GetType().Name}.", e)
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
