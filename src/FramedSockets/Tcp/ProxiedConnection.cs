using System.Buffers;
using System.IO.Pipelines;
using System.Net;

namespace FramedSockets.Tcp;

/// <summary>A connection behind a proxy: the proxy's byte stream with the client's addresses.</summary>
internal sealed class ProxiedConnection : ITransportConnection
{
    private readonly ITransportConnection _proxy;

    private ProxiedConnection(ITransportConnection proxy, in ProxyHeader header)
    {
        _proxy = proxy;
        RemoteEndPoint = header.Source ?? proxy.RemoteEndPoint;
        LocalEndPoint = header.Destination ?? proxy.LocalEndPoint;
        IsLocal = header.IsLocal;
    }

    public PipeReader Input => _proxy.Input;

    public PipeWriter Output => _proxy.Output;

    public EndPoint? LocalEndPoint { get; }

    public EndPoint? RemoteEndPoint { get; }

    /// <summary>Whether the proxy speaks for itself: to see whether the server is there, for example.</summary>
    public bool IsLocal { get; }

    public long? ReceivedLength => _proxy.ReceivedLength;

    public long? DeliveredLength => _proxy.DeliveredLength;

    public long HeldLength => _proxy.HeldLength;

    /// <summary>Reads the proxy's header, and not a byte more.</summary>
    /// <exception cref="FramedSocketException">There is no valid header, or the connection ended first.</exception>
    public static async ValueTask<ProxiedConnection> OpenAsync(ITransportConnection proxy)
    {
        while (true)
        {
            var result = await proxy.Input.ReadAsync().ConfigureAwait(false);
            var header = Parse(result.Buffer);
            if (header.Length > 0)
            {
                proxy.Input.AdvanceTo(result.Buffer.GetPosition(header.Length));
                return new(proxy, header);
            }

            var length = result.Buffer.Length;
            proxy.Input.AdvanceTo(result.Buffer.Start, result.Buffer.End);
            if (result.IsCompleted)
            {
                throw ProxyHeader.Malformed($"the stream ended after {length} bytes");
            }
        }
    }

    public void Abort() => _proxy.Abort();

    public ValueTask DisposeAsync() => _proxy.DisposeAsync();

    private static ProxyHeader Parse(in ReadOnlySequence<byte> buffer)
    {
        if (buffer.IsEmpty)
        {
            return default;
        }

        var seen = buffer.Slice(0, Math.Min(buffer.Length, ProxyHeader.MaxLength));
        return ProxyHeader.Parse(seen.IsSingleSegment ? seen.FirstSpan : seen.ToArray());
    }
}
