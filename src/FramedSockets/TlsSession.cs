using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace FramedSockets;

/// <summary>What the two sides of a TLS connection agreed on, and who the peer proved to be. Immutable.</summary>
/// <param name="Protocol">The version: TLS 1.2 or 1.3.</param>
/// <param name="CipherSuite">The cipher suite.</param>
/// <param name="PeerCertificate">
/// The peer's certificate, which was checked; <see langword="null"/> where it sent none. It is the connection's: do not dispose it, and
/// copy it to keep it longer.
/// </param>
/// <param name="ServerName">The name that the client asked for (SNI), in its own words; empty where it named none.</param>
/// <param name="ApplicationProtocol">The protocol agreed on (ALPN); the default value where none was offered.</param>
public sealed record TlsSession(
    SslProtocols Protocol,
    TlsCipherSuite CipherSuite,
    X509Certificate2? PeerCertificate,
    string ServerName,
    SslApplicationProtocol ApplicationProtocol);
