namespace FramedSockets.Udp;

/// <summary>A datagram in a batch.</summary>
internal readonly struct OutgoingDatagram(int offset, int length, in DatagramPeer peer)
{
    public int Offset { get; } = offset;

    public int Length { get; } = length;

    public DatagramPeer Peer { get; } = peer;
}
