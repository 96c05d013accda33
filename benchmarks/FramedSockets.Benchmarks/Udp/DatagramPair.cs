using System.Net;
using FramedSockets.Codecs;
using FramedSockets.Udp;

namespace FramedSockets.Benchmarks.Udp;

/// <summary>Two endpoints, one of which sends to the other.</summary>
internal sealed class DatagramPair : IAsyncDisposable
{
    private readonly UdpDatagramEndpoint<NoHeader> _sender;
    private readonly UdpDatagramEndpoint<NoHeader> _receiver;
    private readonly DatagramBatch<NoHeader> _batch;
    private readonly DatagramPeer _target;

    public DatagramPair(UdpDatagramOptions options, bool connected = false)
    {
        var endPoint = new IPEndPoint(IPAddress.Loopback, 0);
        _receiver = UdpDatagramEndpoint.Bind(new LengthPrefixCodec(), endPoint, options);
        _sender = connected
            ? UdpDatagramEndpoint.Connect(new LengthPrefixCodec(), _receiver.LocalEndPoint!, options: options)
            : UdpDatagramEndpoint.Bind(new LengthPrefixCodec(), endPoint, options);
        _batch = _sender.CreateBatch();
        _target = new(_receiver.LocalEndPoint!);
    }

    public async ValueTask<long> SendEachAsync(ReadOnlyMemory<byte> body, int count)
    {
        for (var i = 0; i < count; i++)
        {
            await _sender.SendAsync(default, body, _target);
        }

        return await ReceiveAsync(count);
    }

    public async ValueTask<long> SendTogetherAsync(ReadOnlyMemory<byte> body, int count)
    {
        for (var i = 0; i < count; i++)
        {
            _batch.Add(default, body.Span, _target);
        }

        await _sender.SendBatchAsync(_batch);
        return await ReceiveAsync(count);
    }

    public async ValueTask DisposeAsync()
    {
        await _sender.DisposeAsync();
        await _receiver.DisposeAsync();
    }

    private async ValueTask<long> ReceiveAsync(int count)
    {
        var total = 0L;
        while (count > 0)
        {
            await _receiver.WaitToReceiveAsync();
            for (; _receiver.TryReceive(out var datagram); count--)
            {
                total += datagram.Body.Length;
            }
        }

        return total;
    }
}
