using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace FramedSockets.Tests.Support;

/// <summary>An authority made for one test run, and what it signs.</summary>
internal sealed class Certificates : IDisposable
{
    private readonly List<X509Certificate2> _signed = [];

    public Certificates() => Authority = Sign("CN=authority", null, isAuthority: true);

    public X509Certificate2 Authority { get; }

    public X509Certificate2 Server(string name = "localhost", bool isExpired = false) => Sign($"CN={name}", name, isExpired: isExpired);

    public X509Certificate2 Client(string name) => Sign($"CN={name}", null);

    /// <summary>Trusts this authority only.</summary>
    public X509ChainPolicy Policy() => new()
    {
        TrustMode = X509ChainTrustMode.CustomRootTrust,
        CustomTrustStore = { Authority },
        RevocationMode = X509RevocationMode.NoCheck,
    };

    public void Dispose() => _signed.ForEach(certificate => certificate.Dispose());

    private X509Certificate2 Sign(string subject, string? host, bool isAuthority = false, bool isExpired = false)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(isAuthority, false, 0, true));
        if (host is not null)
        {
            var names = new SubjectAlternativeNameBuilder();
            names.AddDnsName(host);
            if (host == "localhost")
            {
                names.AddIpAddress(IPAddress.Loopback);
            }

            request.CertificateExtensions.Add(names.Build());
        }

        var now = TimeProvider.System.GetUtcNow();
        var until = isExpired ? now.AddDays(-1) : now.AddDays(1);
        using var signed = isAuthority
            ? request.CreateSelfSigned(now.AddDays(-10), now.AddDays(10))
            : request.Create(Authority, now.AddDays(-2), until, RandomNumberGenerator.GetBytes(8)).CopyWithPrivateKey(key);

        // A round trip gives the key a home that every system's TLS can use.
#if NET10_0_OR_GREATER
        var certificate = X509CertificateLoader.LoadPkcs12(signed.Export(X509ContentType.Pfx), null);
#else
        var certificate = new X509Certificate2(signed.Export(X509ContentType.Pfx));
#endif
        _signed.Add(certificate);
        return certificate;
    }
}
