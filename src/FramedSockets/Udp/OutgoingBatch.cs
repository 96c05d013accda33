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

    // Each peer stands here once for each time that it came after another one.
    private DatagramPeer[] _peers = [];
    private int _peerCount;
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

        _address.Size = WriteAddress(_datagrams[_sent], _address.Buffer.Span);
        return _address;
    }

    /// <summary>Writes where a datagram goes, behind the family, which the target has; says the address's length.</summary>
    public int WriteAddress(in OutgoingDatagram datagram, Span<byte> target) => _peers[datagram.Peer].Write(target, family);

    public void Advance(int count) => _sent += count;

    /// <summary>Adds the datagram that was written last, or lets it join the one before as one more frame.</summary>
    public void Add(int offset, in DatagramPeer peer, int maxPackedLength)
    {
        var length = Writer.Length - offset;
        if (_count == _sent || !(isConnected || _peers[_peerCount - 1] == peer))
        {
            AddPeer(peer);
        }
        else if (maxPackedLength > 0)
        {
            ref var last = ref _datagrams[_count - 1];
            if (last.Offset + last.Length == offset && last.Length + length <= maxPackedLength)
            {
                last = new(last.Offset, last.Length + length, last.Peer);
                return;
            }
        }

        if (_count == _datagrams.Length)
        {
            Array.Resize(ref _datagrams, Math.Max(64, 2 * _count));
        }

        _datagrams[_count++] = new(offset, length, _peerCount - 1);
    }

    /// <summary>Brings datagrams of one peer together, each peer's in their order, so that they can share a packet.</summary>
    public void GroupByPeer()
    {
        if (_isMixed)
        {
            _isMixed = false;
            _grouping.Apply(_datagrams.AsSpan(_sent, Rest), _peers.AsSpan(0, _peerCount));
        }
    }

    /// <summary>Gives up the room of what was sent before a send failed. Otherwise who adds behind each rest would fill all memory.</summary>
    public void ForgetSent()
    {
        if (_sent == 0)
        {
            return;
        }

        var rest = Remaining;
        var (offset, peer) = (Writer.Length, _peerCount);
        foreach (ref readonly var datagram in rest)
        {
            // Grouped, they lie in any order, but the oldest go first: what is kept with them goes with the next send.
            offset = Math.Min(offset, datagram.Offset);
            peer = Math.Min(peer, datagram.Peer);
        }

        Writer.Forget(offset);
        _peers.AsSpan(peer, _peerCount - peer).CopyTo(_peers);
        _peerCount -= peer;
        for (var i = 0; i < rest.Length; i++)
        {
            _datagrams[i] = new(rest[i].Offset - offset, rest[i].Length, rest[i].Peer - peer);
        }

        (_sent, _count) = (0, rest.Length);
    }

    public void Clear()
    {
        _sent = _count = _peerCount = 0;
        _isMixed = false;
        Writer.Clear();
    }

    private void AddPeer(in DatagramPeer peer)
    {
        _isMixed = _count > _sent;
        if (_peerCount == _peers.Length)
        {
            Array.Resize(ref _peers, Math.Max(4, 2 * _peerCount));
        }

        _peers[_peerCount++] = peer;
    }
}
