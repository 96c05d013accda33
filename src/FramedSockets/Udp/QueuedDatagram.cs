namespace FramedSockets.Udp;

/// <summary>A datagram in pooled memory of its own, and who sent it.</summary>
internal readonly struct QueuedDatagram(in ArrivedDatagram datagram, in DatagramPeer peer)
{
    public ArrivedDatagram Datagram { get; } = datagram;

    public DatagramPeer Peer { get; } = peer;
}
