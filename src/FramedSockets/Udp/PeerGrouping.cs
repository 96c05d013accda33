namespace FramedSockets.Udp;

/// <summary>A stable sort by peer, in the order in which the peers come up. It keeps its tables, so that it allocates only to grow.</summary>
internal sealed class PeerGrouping
{
    private readonly Dictionary<DatagramPeer, int> _places = [];
    private OutgoingDatagram[] _copy = [];
    private int[] _next = [];

    /// <summary>Sorts datagrams, and gives those of one peer the first of its places in the list of peers.</summary>
    public void Apply(Span<OutgoingDatagram> datagrams, ReadOnlySpan<DatagramPeer> peers)
    {
        if (_copy.Length < datagrams.Length || _next.Length <= peers.Length)
        {
            _copy = new OutgoingDatagram[Math.Max(_copy.Length, datagrams.Length)];
            _next = new int[Math.Max(_next.Length, peers.Length + 1)];
        }

        Count(datagrams, peers);
        for (var i = 1; i < peers.Length; i++)
        {
            _next[i] += _next[i - 1];
        }

        foreach (ref readonly var datagram in datagrams)
        {
            _copy[_next[datagram.Peer]++] = datagram;
        }

        _copy.AsSpan(0, datagrams.Length).CopyTo(datagrams);
        _places.Clear();
    }

    /// <summary>Counts each peer's datagrams, one place to the right, so that the sums are where each peer begins.</summary>
    private void Count(Span<OutgoingDatagram> datagrams, ReadOnlySpan<DatagramPeer> peers)
    {
        Array.Clear(_next, 0, peers.Length + 1);
        var (seen, place) = (-1, -1);
        foreach (ref var datagram in datagrams)
        {
            if (datagram.Peer != seen)
            {
                seen = datagram.Peer;
                place = FindPlace(peers, seen);
            }

            datagram = new(datagram.Offset, datagram.Length, place);
            _next[place + 1]++;
        }
    }

    private int FindPlace(ReadOnlySpan<DatagramPeer> peers, int index)
    {
        if (!_places.TryGetValue(peers[index], out var place))
        {
            place = index;
            _places.Add(peers[index], place);
        }

        return place;
    }
}
