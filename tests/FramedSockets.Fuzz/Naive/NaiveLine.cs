namespace FramedSockets.Fuzz.Naive;

/// <summary>A body up to a line feed; a carriage return before it is not the body's.</summary>
internal sealed class NaiveLine(bool sendsCr) : NaiveFraming
{
    public override NaiveHead Read(byte[] bytes, NaiveLimits limits)
    {
        var end = Array.IndexOf(bytes, (byte)'\n');
        var line = end < 0 ? bytes : bytes[..end];
        var hasCr = line is [.., (byte)'\r'];
        var length = hasCr ? line.Length - 1 : line.Length;
        if (length > limits.MostHeld)
        {
            return NaiveHead.Refused(FramedSocketError.BodyTooLong);
        }

        return end < 0 ? NaiveHead.Incomplete : NaiveHead.Complete([], 0, length, hasCr ? 2 : 1);
    }

    /// <summary>Whether a body can be sent.</summary>
    public bool CanSend(byte[] body, NaiveLimits limits) =>
        body.Length <= limits.MostHeld && !body.Contains((byte)'\n') && (sendsCr || body is not [.., (byte)'\r']);
}
