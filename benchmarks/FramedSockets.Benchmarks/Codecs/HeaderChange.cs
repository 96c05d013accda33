namespace FramedSockets.Benchmarks.Codecs;

/// <summary>How the headers of a benchmark differ from one another.</summary>
public enum HeaderChange
{
    /// <summary>They are the same bytes.</summary>
    Nothing,

    /// <summary>A number differs.</summary>
    Number,

    /// <summary>The order of the members differs, and every value.</summary>
    Shape,
}
