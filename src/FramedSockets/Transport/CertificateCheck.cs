using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace FramedSockets.Transport;

/// <summary>
/// Checks the peer's certificate in one handshake, by the user's rule or the strict one, and remembers why it was refused; and what
/// a callback of the user's threw, which may look like anything that a peer has done.
/// </summary>
/// <param name="rule">The user's rule, if there is one.</param>
/// <param name="isRequired">Whether the peer must have a certificate.</param>
internal sealed class CertificateCheck(RemoteCertificateValidationCallback? rule, bool isRequired)
{
    /// <summary>Why it was refused; nothing where it was not.</summary>
    public SslPolicyErrors Errors { get; private set; }

    /// <summary>What is wrong with its chain.</summary>
    public X509ChainStatusFlags Status { get; private set; }

    /// <summary>What a callback of the user's threw, if one did.</summary>
    public Exception? Thrown { get; private set; }

    public ServerCertificateSelectionCallback? Watch(ServerCertificateSelectionCallback? choose) =>
        choose is null ? null : (sender, host) => Call(() => choose(sender, host));

    public LocalCertificateSelectionCallback? Watch(LocalCertificateSelectionCallback? choose) =>
        choose is null ? null : (sender, host, own, remote, issuers) => Call(() => choose(sender, host, own, remote, issuers));

    public bool Validate(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        var relevant = isRequired ? errors : errors & ~SslPolicyErrors.RemoteCertificateNotAvailable;
        if (rule is null ? relevant == SslPolicyErrors.None : Call(() => rule(sender, certificate, chain, errors)))
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

    private T Call<T>(Func<T> callback)
    {
        try
        {
            return callback();
        }
        catch (Exception e)
        {
            Thrown = e;
            throw;
        }
    }
}
