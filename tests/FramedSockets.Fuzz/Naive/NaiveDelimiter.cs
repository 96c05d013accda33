namespace FramedSockets.Fuzz.Naive;

/// <summary>A body up to a delimiter, held in memory whole.</summary>
internal sealed class NaiveDelimiter(byte[] delimiter) : NaiveFraming
{
    /// <summary>Where a delimiter begins first; -1 where it does not.</summary>
    public static int Find(byte[] bytes, byte[] delimiter)
    {
        for (var i = 0; i + delimiter.Length <= bytes.Length; i++)
        {
            var j = 0;
            while (j < delimiter.Length && bytes[i + j] == delimiter[j])
            {
                j++;
            }

            if (j == delimiter.Length)
            {
                return i;
            }
        }

        return -1;
    }

    public override NaiveHead Read(byte[] bytes, NaiveLimits limits)
    {
        var length = Find(bytes, delimiter);

        // Without the delimiter, what cannot be its beginning any more is body for certain.
        var least = length >= 0 ? length : bytes.Length - (delimiter.Length - 1);
        if (least > limits.MostHeld)
        {
            return NaiveHead.Refused(FramedSocketError.BodyTooLong);
        }

        return length < 0 ? NaiveHead.Incomplete : NaiveHead.Complete([], 0, length, delimiter.Length);
    }

    /// <summary>Whether a body can be sent: with the delimiter behind it, the first delimiter is that one.</summary>
    public bool CanSend(byte[] body, NaiveLimits limits) =>
        body.Length <= limits.MostHeld && Find([.. body, .. delimiter], delimiter) == body.Length;
}
