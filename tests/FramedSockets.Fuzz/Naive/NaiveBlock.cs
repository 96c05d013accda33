namespace FramedSockets.Fuzz.Naive;

/// <summary>A header up to a delimiter, and a body until the stream ends.</summary>
internal sealed class NaiveBlock(byte[] delimiter) : NaiveFraming
{
    public override NaiveHead Read(byte[] bytes, NaiveLimits limits)
    {
        var length = NaiveDelimiter.Find(bytes, delimiter);
        var least = length >= 0 ? length : bytes.Length - (delimiter.Length - 1);
        if (least > limits.MaxHeader)
        {
            return NaiveHead.Refused(FramedSocketError.HeaderTooLong);
        }

        return length < 0 ? NaiveHead.Incomplete : NaiveHead.Complete(bytes[..length], length + delimiter.Length, -1);
    }

    /// <summary>Whether a header can be sent.</summary>
    public bool CanSend(byte[] header, NaiveLimits limits) =>
        header.Length <= limits.MaxHeader && NaiveDelimiter.Find([.. header, .. delimiter], delimiter) == header.Length;
}
