namespace FramedSockets.Tests.Codecs;

/// <summary>All that a reader gave until its stream ended: the frames, and the reason if it was not a clean end.</summary>
public sealed record Reception<THeader>(IReadOnlyList<ReceivedFrame<THeader>> Frames, FramedSocketException? Failure)
{
    /// <summary>The whole, to be compared.</summary>
    public override string ToString() => string.Join(
        ' ', Frames.Select(frame => $"[{Convert.ToHexString(frame.Head)} {frame.Header} {Convert.ToHexString(frame.Body)}]").Append($"{Failure?.Error}"));
}
