using System.Net.Security;
using System.Reflection;
using System.Runtime.Versioning;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using FramedSockets.Tests.Support;
using FramedSockets.Transport;

namespace FramedSockets.Tests.Transport;

/// <summary>What becomes of the user's TLS options: everything is kept, but for what would make TLS weaker.</summary>
[SupportedOSPlatform("linux")]
public sealed class TlsHardeningTests
{
    private static readonly CertificateCheck Check = new(null, isRequired: true);

    /// <summary>What the library sets itself, or watches, and what is obsolete.</summary>
    private static readonly string[] Own =
    [
        nameof(SslServerAuthenticationOptions.AllowRenegotiation), nameof(SslServerAuthenticationOptions.EnabledSslProtocols),
        nameof(SslServerAuthenticationOptions.EncryptionPolicy), nameof(SslServerAuthenticationOptions.RemoteCertificateValidationCallback),
        nameof(SslServerAuthenticationOptions.ServerCertificateSelectionCallback), nameof(SslClientAuthenticationOptions.LocalCertificateSelectionCallback),
#if !NET10_0_OR_GREATER
        // What is built for an earlier .NET and runs on a later one.
        "AllowRsaPkcs1Padding", "AllowRsaPssPadding",
#endif
    ];

#pragma warning disable SYSLIB0039, CA5397, CA5398 // that is what is tested
    [Theory]
    [InlineData(SslProtocols.None, SslProtocols.Tls12 | SslProtocols.Tls13)]
    [InlineData(SslProtocols.Tls11, SslProtocols.Tls12 | SslProtocols.Tls13)]
    [InlineData(SslProtocols.Tls11 | SslProtocols.Tls12, SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13, SslProtocols.Tls13)]
    public void Versions_are_narrowed_and_never_widened(SslProtocols wanted, SslProtocols spoken)
    {
        var server = new SslServerAuthenticationOptions { EnabledSslProtocols = wanted, AllowRenegotiation = true }.Harden(Check);
        var client = new SslClientAuthenticationOptions { EnabledSslProtocols = wanted, AllowRenegotiation = true }.Harden(Check, "host");
        Assert.Equal((spoken, spoken), (server.EnabledSslProtocols, client.EnabledSslProtocols));
        Assert.Equal((false, false), (server.AllowRenegotiation, client.AllowRenegotiation));
    }
#pragma warning restore SYSLIB0039, CA5397, CA5398

    [LinuxFact]
    public void A_server_s_options_are_all_kept()
    {
        using var certificates = new Certificates();
        var certificate = certificates.Server();
        var options = new SslServerAuthenticationOptions
        {
            AllowTlsResume = false,
            ApplicationProtocols = [SslApplicationProtocol.Http11],
            CertificateChainPolicy = new(),
            CertificateRevocationCheckMode = X509RevocationMode.Offline,
            CipherSuitesPolicy = new([TlsCipherSuite.TLS_AES_256_GCM_SHA384]),
            ClientCertificateRequired = true,
            ServerCertificate = certificate,
            ServerCertificateContext = SslStreamCertificateContext.Create(certificate, null, offline: true),
        };
#if NET10_0_OR_GREATER
        (options.AllowRsaPkcs1Padding, options.AllowRsaPssPadding) = (false, false);
#endif
        AssertKept(options, options.Harden(Check), new());
    }

    [LinuxFact]
    public void A_client_s_options_are_all_kept()
    {
        using var certificates = new Certificates();
        var certificate = certificates.Server();
        var options = new SslClientAuthenticationOptions
        {
            AllowTlsResume = false,
            ApplicationProtocols = [SslApplicationProtocol.Http11],
            CertificateChainPolicy = new(),
            CertificateRevocationCheckMode = X509RevocationMode.Offline,
            CipherSuitesPolicy = new([TlsCipherSuite.TLS_AES_256_GCM_SHA384]),
            ClientCertificateContext = SslStreamCertificateContext.Create(certificate, null, offline: true),
            ClientCertificates = [certificate],
            TargetHost = "other",
        };
#if NET10_0_OR_GREATER
        (options.AllowRsaPkcs1Padding, options.AllowRsaPssPadding) = (false, false);
#endif
        AssertKept(options, options.Harden(Check, "host"), new());
    }

    [Fact]
    public void Callbacks_are_asked_as_before()
    {
        using var certificates = new Certificates();
        var (one, other) = (certificates.Server(), certificates.Server());
        var server = new SslServerAuthenticationOptions { ServerCertificateSelectionCallback = (_, host) => host == "one" ? one : other };
        var client = new SslClientAuthenticationOptions
        {
            LocalCertificateSelectionCallback = (_, host, own, remote, issuers) => host == "one" && own.Count == 0 && issuers.Length == 0 ? remote! : other,
        };
        Assert.Same(one, server.Harden(Check).ServerCertificateSelectionCallback!(this, "one"));
        Assert.Same(other, server.Harden(Check).ServerCertificateSelectionCallback!(this, "other"));
        Assert.Same(one, client.Harden(Check, "host").LocalCertificateSelectionCallback!(this, "one", [], one, []));
        Assert.Null(new SslServerAuthenticationOptions().Harden(Check).ServerCertificateSelectionCallback);
        Assert.Null(new SslClientAuthenticationOptions().Harden(Check, "host").LocalCertificateSelectionCallback);
    }

    /// <summary>That each option was given, those of a later .NET too, and is there again.</summary>
    private static void AssertKept<T>(T given, T hardened, T untouched)
    {
        foreach (var property in typeof(T).GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => !Own.Contains(property.Name)))
        {
            Assert.NotEqual(property.GetValue(untouched), property.GetValue(given));
            Assert.Equal(property.GetValue(given), property.GetValue(hardened));
        }
    }
}
