namespace FramedSockets.Fuzz.Naive;

/// <summary>What the specification makes of the first bytes of a frame.</summary>
/// <param name="Error">Why they are refused.</param>
/// <param name="IsIncomplete">Whether they say nothing yet.</param>
/// <param name="Header">The header, described in bytes.</param>
/// <param name="HeadLength">The bytes before the body.</param>
/// <param name="BodyLength">The body's bytes, or -1 where it lasts until the stream ends.</param>
/// <param name="TrailerLength">The bytes after the body.</param>
internal sealed record NaiveHead(FramedSocketError? Error, bool IsIncomplete, byte[] Header, int HeadLength, long BodyLength, int TrailerLength)
{
    public static readonly NaiveHead Incomplete = new(null, true, [], 0, 0, 0);

    public static NaiveHead Refused(FramedSocketError error) => new(error, false, [], 0, 0, 0);

    public static NaiveHead Complete(byte[] header, int headLength, long bodyLength, int trailerLength = 0) =>
        new(null, false, header, headLength, bodyLength, trailerLength);
}
