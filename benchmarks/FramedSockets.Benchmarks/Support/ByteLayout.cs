namespace FramedSockets.Benchmarks.Support;

/// <summary>How the bytes of a benchmark lie in memory.</summary>
public enum ByteLayout
{
    /// <summary>In one array.</summary>
    Contiguous,

    /// <summary>In segments of 4 KiB, as a <c>Pipe</c> gives them.</summary>
    Segments,
}
