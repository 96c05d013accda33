namespace FramedSockets.Udp;

/// <summary>A datagram in the buffer it was received into, until the next receive.</summary>
internal readonly struct ArrivedDatagram(byte[] array, int offset, int length, in DatagramPeer peer)
{
    public byte[] Array { get; } = array;

    public int Offset { get; } = offset;

    public int Length { get; } = length;

    public DatagramPeer Peer { get; } = peer;
}
