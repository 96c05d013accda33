using System.Net.Security;
using System.Security.Authentication;

namespace FramedSockets.Transport;

/// <summary>
/// What is offered in a handshake: the user's options as they are at that moment, so that a certificate put in later serves the next
/// connections, but TLS 1.2 and 1.3 only, and without renegotiation.
/// </summary>
internal static class TlsHardening
{
#pragma warning disable CA5398 // the system's choice may include versions that are not to be offered, so it is bounded here
    private const SslProtocols Accepted = SslProtocols.Tls12 | SslProtocols.Tls13;

    public static SslServerAuthenticationOptions Harden(this SslServerAuthenticationOptions options, CertificateCheck check)
    {
        var hardened = new SslServerAuthenticationOptions
        {
            AllowRenegotiation = false,
            AllowTlsResume = options.AllowTlsResume,
            ApplicationProtocols = options.ApplicationProtocols,
            CertificateChainPolicy = options.CertificateChainPolicy,
            CertificateRevocationCheckMode = options.CertificateRevocationCheckMode,
            CipherSuitesPolicy = options.CipherSuitesPolicy,
            ClientCertificateRequired = options.ClientCertificateRequired,
            EnabledSslProtocols = Harden(options.EnabledSslProtocols),
            RemoteCertificateValidationCallback = check.Validate,
            ServerCertificate = options.ServerCertificate,
            ServerCertificateContext = options.ServerCertificateContext,
            ServerCertificateSelectionCallback = check.Watch(options.ServerCertificateSelectionCallback),
        };
#if NET10_0_OR_GREATER
        if (OperatingSystem.IsLinux() || OperatingSystem.IsWindows())
        {
            hardened.AllowRsaPkcs1Padding = options.AllowRsaPkcs1Padding;
            hardened.AllowRsaPssPadding = options.AllowRsaPssPadding;
        }

#endif
        return hardened;
    }

    public static SslClientAuthenticationOptions Harden(this SslClientAuthenticationOptions options, CertificateCheck check, string host)
    {
        var hardened = new SslClientAuthenticationOptions
        {
            AllowRenegotiation = false,
            AllowTlsResume = options.AllowTlsResume,
            ApplicationProtocols = options.ApplicationProtocols,
            CertificateChainPolicy = options.CertificateChainPolicy,
            CertificateRevocationCheckMode = options.CertificateRevocationCheckMode,
            CipherSuitesPolicy = options.CipherSuitesPolicy,
            ClientCertificateContext = options.ClientCertificateContext,
            ClientCertificates = options.ClientCertificates,
            EnabledSslProtocols = Harden(options.EnabledSslProtocols),
            LocalCertificateSelectionCallback = check.Watch(options.LocalCertificateSelectionCallback),
            RemoteCertificateValidationCallback = check.Validate,
            TargetHost = string.IsNullOrEmpty(options.TargetHost) ? host : options.TargetHost,
        };
#if NET10_0_OR_GREATER
        if (OperatingSystem.IsLinux() || OperatingSystem.IsWindows())
        {
            hardened.AllowRsaPkcs1Padding = options.AllowRsaPkcs1Padding;
            hardened.AllowRsaPssPadding = options.AllowRsaPssPadding;
        }

#endif
        return hardened;
    }

    private static SslProtocols Harden(SslProtocols wanted) => (wanted & Accepted) == SslProtocols.None ? Accepted : wanted & Accepted;
#pragma warning restore CA5398
}
