namespace FramedSockets.Udp;

/// <summary>Where a datagram lies that was received.</summary>
internal readonly struct ArrivedDatagram(byte[] array, int offset, int length)
{
    public byte[] Array { get; } = array;

    public int Offset { get; } = offset;

    public int Length { get; } = length;

    public ReadOnlySpan<byte> Bytes => Array.AsSpan(Offset, Length);
}
