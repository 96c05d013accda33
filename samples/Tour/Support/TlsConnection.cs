using System.IO.Pipelines;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using FramedSockets;

namespace Tour.Support;

/// <summary>TLS as a pair of pipes: frames are read from it as from any other stream.</summary>
internal sealed class TlsConnection(Socket socket, SslStream stream) : ITransportConnection
{
    public PipeReader Input { get; } = PipeReader.Create(stream, new(bufferSize: 64 * 1024));

    public PipeWriter Output { get; } = PipeWriter.Create(stream);

    public EndPoint? LocalEndPoint => socket.LocalEndPoint;

    public EndPoint? RemoteEndPoint => socket.RemoteEndPoint;

    /// <summary>Connects to a server whose certificate is that of the host, and trusted by this machine.</summary>
    /// <exception cref="System.Security.Authentication.AuthenticationException">It is not.</exception>
    public static async Task<TlsConnection> ConnectAsync(string host, int port, CancellationToken stop)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        var stream = default(SslStream);
        try
        {
            await socket.ConnectAsync(host, port, stop);
            stream = new(new NetworkStream(socket, ownsSocket: true));
            await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = host }, stop);
            return new(socket, stream);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public void Abort() => socket.Dispose();

    public ValueTask DisposeAsync() => stream.DisposeAsync();
}
