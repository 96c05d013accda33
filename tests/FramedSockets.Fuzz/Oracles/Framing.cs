using FramedSockets.Fuzz.Naive;

namespace FramedSockets.Fuzz.Oracles;

/// <summary>A codec, and the same framing from its specification.</summary>
/// <param name="Codec">The codec.</param>
/// <param name="Naive">The other side of the comparison.</param>
/// <param name="Describe">A header as the naive side describes it.</param>
internal sealed record Framing<THeader>(IHeaderCodec<THeader> Codec, NaiveFraming Naive, Func<THeader, byte[]> Describe)
{
    /// <summary>Whether a frame can be written in one way only.</summary>
    public bool IsCanonical { get; init; } = true;

    /// <summary>Whether borders between frames mean nothing.</summary>
    public bool HasBorders { get; init; } = true;

    /// <summary>Whether a frame that was received can be sent; in nearly every framing it can.</summary>
    public Func<byte[], bool> CanSend { get; init; } = _ => true;
}
