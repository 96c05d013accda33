namespace FramedSockets.Codecs;

/// <summary>Which byte of a number comes first on the wire.</summary>
public enum ByteOrder
{
    /// <summary>The most significant byte first (network order).</summary>
    BigEndian,

    /// <summary>The least significant byte first, as x86 and Arm keep it in memory.</summary>
    LittleEndian,
}
