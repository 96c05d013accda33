using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace FramedSockets.Transport;

/// <summary>Checks the peer's certificate in one handshake, by the user's rule or the strict one, and remembers why it was refused.</summary>
/// <param name="rule">The user's rule, if there is one.</param>
/// <param name="isRequired">Whether the peer must have a certificate.</param>
internal sealed class CertificateCheck(RemoteCertificateValidationCallback? rule, bool isRequired)
{
    /// <summary>Why it was refused; nothing where it was not.</summary>
    public SslPolicyErrors Errors { get; private set; }

    /// <summary>What is wrong with its chain.</summary>
    public X509ChainStatusFlags Status { get; private set; }

    public bool Validate(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        var relevant = isRequired ? errors : errors & ~SslPolicyErrors.RemoteCertificateNotAvailable;
        if (rule?.Invoke(sender, certificate, chain, errors) ?? relevant == SslPolicyErrors.None)
        {
            return true;
        }

        // A rule of the user's own may refuse what has no other fault.
        Errors = relevant == SslPolicyErrors.None ? SslPolicyErrors.RemoteCertificateChainErrors : relevant;
        foreach (var status in chain?.ChainStatus ?? [])
        {
            Status |= status.Status;
        }

        return false;
    }
}
