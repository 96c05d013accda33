using System.IO.Pipelines;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace FramedSockets.Transport;

/// <summary>A byte stream inside TLS, over any other.</summary>
internal sealed class TlsConnection : ITransportConnection
{
    private readonly ITransportConnection _inner;
    private readonly SslStream _tls;
    private readonly TlsTurn _turn = new();
    private readonly CountedBlocks _decrypted = new(TlsPipeReader.BlockLength);
    private readonly TlsPipeReader _input;
    private readonly TlsPipeWriter _output;

    private TlsConnection(ITransportConnection inner)
    {
        var cipher = new PipeStream(inner, _turn);
        _inner = inner;
        _tls = new(cipher, leaveInnerStreamOpen: false);
        _input = new(_tls, cipher, inner.Input, _turn, _decrypted);
        _output = new(_tls, cipher, inner.Output, _turn);
    }

    public PipeReader Input => _input;

    public PipeWriter Output => _output;

    public EndPoint? LocalEndPoint => _inner.LocalEndPoint;

    public EndPoint? RemoteEndPoint => _inner.RemoteEndPoint;

    public TlsSession? Tls { get; private set; }

    public long? ReceivedLength => _inner.ReceivedLength;

    public long? DeliveredLength => _inner.DeliveredLength;

    public long HeldLength => _inner.HeldLength + _decrypted.HeldLength;

    /// <summary>Waits for the client's handshake.</summary>
    /// <exception cref="FramedSocketException">It failed; <paramref name="inner"/> is the caller's to close.</exception>
    public static Task<TlsConnection> AcceptAsync(ITransportConnection inner, SslServerAuthenticationOptions options)
    {
        var check = new CertificateCheck(options.RemoteCertificateValidationCallback, options.ClientCertificateRequired);
        return AuthenticateAsync(inner, check, (tls, token) => tls.AuthenticateAsServerAsync(options.Harden(check), token), CancellationToken.None);
    }

    /// <summary>Begins the handshake with a server.</summary>
    /// <param name="inner">The byte stream.</param>
    /// <param name="options">The options.</param>
    /// <param name="host">The name that the server has to prove, unless the options give one.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="FramedSocketException">It failed; <paramref name="inner"/> is the caller's to close.</exception>
    public static Task<TlsConnection> ConnectAsync(
        ITransportConnection inner, SslClientAuthenticationOptions options, string host, CancellationToken cancellationToken)
    {
        var check = new CertificateCheck(options.RemoteCertificateValidationCallback, isRequired: true);
        return AuthenticateAsync(inner, check, (tls, token) => tls.AuthenticateAsClientAsync(options.Harden(check, host), token), cancellationToken);
    }

    public void Abort() => _inner.Abort();

    public async ValueTask DisposeAsync()
    {
        await _tls.DisposeAsync().ConfigureAwait(false);
        await _inner.DisposeAsync().ConfigureAwait(false);
        _decrypted.Dispose();
    }

    private static async Task<TlsConnection> AuthenticateAsync(
        ITransportConnection inner, CertificateCheck check, Func<SslStream, CancellationToken, Task> authenticate, CancellationToken cancellationToken)
    {
        var connection = new TlsConnection(inner);
        var tls = connection._tls;
        try
        {
            await authenticate(tls, cancellationToken).ConfigureAwait(false);
            connection._turn.Leave();
            connection.Tls = new(
                tls.SslProtocol, tls.NegotiatedCipherSuite, tls.RemoteCertificate as X509Certificate2, tls.TargetHostName, tls.NegotiatedApplicationProtocol);
            return connection;
        }
        catch (Exception e)
        {
            await tls.DisposeAsync().ConfigureAwait(false);
            throw e is OperationCanceledException && cancellationToken.IsCancellationRequested ? e : TlsFailure.OfHandshake(e, check);
        }
    }
}
