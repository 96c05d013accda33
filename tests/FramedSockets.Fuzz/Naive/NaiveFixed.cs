namespace FramedSockets.Fuzz.Naive;

/// <summary>Bodies of one size, and nothing else.</summary>
internal sealed class NaiveFixed(long size) : NaiveFraming
{
    public override NaiveHead Read(byte[] bytes, NaiveLimits limits) => NaiveHead.Complete([], 0, size);
}
