namespace FramedSockets.Codecs;

/// <summary>What <see cref="LineCodec"/> writes after a line.</summary>
public enum LineEnding
{
    /// <summary>A line feed.</summary>
    Lf,

    /// <summary>A carriage return and a line feed.</summary>
    CrLf,
}
