namespace FramedSockets.Udp;

/// <summary>A datagram in a batch: where its bytes lie, and the place of its peer in the batch's list.</summary>
internal readonly struct OutgoingDatagram(int offset, int length, int peer)
{
    public int Offset { get; } = offset;

    public int Length { get; } = length;

    public int Peer { get; } = peer;
}
