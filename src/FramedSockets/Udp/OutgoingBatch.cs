using System.Net;
using System.Net.Sockets;

namespace FramedSockets.Udp;

/// <summary>Encoded datagrams that wait to be sent together, and how far the sending came. Not thread-safe.</summary>
internal sealed class OutgoingBatch(AddressFamily family, bool isConnected)
{
    private readonly SocketAddress _address = new(family);
    private readonly PeerGrouping _grouping = new();
    private OutgoingDatagram[] _datagrams = [];
    private int _sent;
    private int _count;
    private bool _isMixed;

    public DatagramWriter Writer { get; } = new();

    /// <summary>Whether the socket has one peer, so that datagrams carry no address.</summary>
    public bool IsConnected => isConnected;

    /// <summary>How many datagrams are left.</summary>
    public int Rest => _count - _sent;

    /// <summary>How many datagrams were sent.</summary>
    public int Sent => _sent;

    /// <summary>The datagrams that are left.</summary>
    public ReadOnlySpan<OutgoingDatagram> Remaining => _datagrams.AsSpan(_sent, Rest);

    /// <summary>The first datagram that is left.</summary>
    public ReadOnlyMemory<byte> Next => Writer.Array.AsMemory(_datagrams[_sent].Offset, _datagrams[_sent].Length);

    public SocketAddress? NextAddress()
    {
        if (isConnected)
        {
            return null;
        }

        _address.Size = _datagrams[_sent].Peer.Write(_address.Buffer.Span, family);
        return _address;
    }

    public void Advance(int count) => _sent += count;

    /// <summary>Adds the datagram that was written last, or lets it join the one before as one more frame.</summary>
    public void Add(int offset, in DatagramPeer peer, int maxPackedLength)
    {
        var length = Writer.Length - offset;
        if (_count > _sent)
        {
            ref var last = ref _datagrams[_count - 1];
            var isSame = isConnected || last.Peer == peer;
            if (isSame && last.Length + length <= maxPackedLength)
            {
                last = new(last.Offset, last.Length + length, peer);
                return;
            }

            _isMixed |= !isSame;
        }

        if (_count == _datagrams.Length)
        {
            Array.Resize(ref _datagrams, Math.Max(64, 2 * _count));
        }

        _datagrams[_count++] = new(offset, length, peer);
    }

    /// <summary>Brings datagrams of one peer together, each peer's in their order, so that they can share a packet.</summary>
    public void GroupByPeer()
    {
        if (_isMixed)
        {
            _isMixed = false;
            _grouping.Apply(_datagrams.AsSpan(_sent, Rest));
        }
    }

    public void Clear()
    {
        _sent = _count = 0;
        _isMixed = false;
        Writer.Clear();
    }
}
