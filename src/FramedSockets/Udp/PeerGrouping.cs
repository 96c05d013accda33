namespace FramedSockets.Udp;

/// <summary>A stable sort by peer, in the order in which the peers come up. It keeps its tables, so that it allocates only to grow.</summary>
internal sealed class PeerGrouping
{
    private readonly Dictionary<DatagramPeer, int> _ordinals = [];
    private OutgoingDatagram[] _copy = [];
    private int[] _ordinalOf = [];
    private int[] _next = [];

    public void Apply(Span<OutgoingDatagram> datagrams)
    {
        if (_copy.Length < datagrams.Length)
        {
            _copy = new OutgoingDatagram[datagrams.Length];
            _ordinalOf = new int[datagrams.Length];
            _next = new int[datagrams.Length + 1];
        }

        Count(datagrams);
        for (var i = 1; i < _ordinals.Count; i++)
        {
            _next[i] += _next[i - 1];
        }

        for (var i = 0; i < datagrams.Length; i++)
        {
            _copy[_next[_ordinalOf[i]]++] = datagrams[i];
        }

        _copy.AsSpan(0, datagrams.Length).CopyTo(datagrams);
        _ordinals.Clear();
    }

    /// <summary>Counts each peer's datagrams, one place to the right, so that the sums are where each peer begins.</summary>
    private void Count(ReadOnlySpan<OutgoingDatagram> datagrams)
    {
        Array.Clear(_next, 0, datagrams.Length + 1);
        for (var i = 0; i < datagrams.Length; i++)
        {
            if (!_ordinals.TryGetValue(datagrams[i].Peer, out var ordinal))
            {
                ordinal = _ordinals.Count;
                _ordinals.Add(datagrams[i].Peer, ordinal);
            }

            _ordinalOf[i] = ordinal;
            _next[ordinal + 1]++;
        }
    }
}
