namespace FramedSockets.Udp;

/// <summary>A header, and where its body lies in the datagram's array.</summary>
internal readonly struct ParsedFrame<THeader>(in THeader header, int offset, int length)
{
    public THeader Header { get; } = header;

    public int Offset { get; } = offset;

    public int Length { get; } = length;
}
