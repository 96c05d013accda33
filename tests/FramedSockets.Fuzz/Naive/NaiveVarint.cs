namespace FramedSockets.Fuzz.Naive;

/// <summary>Protobuf's length: seven bits a byte, the lowest first, at most 32 bits, in the shortest form.</summary>
internal sealed class NaiveVarint : NaiveFraming
{
    private static readonly NaiveHead Malformed = NaiveHead.Refused(FramedSocketError.MalformedHeader);

    public override NaiveHead Read(byte[] bytes, NaiveLimits limits)
    {
        var end = Array.FindIndex(bytes, value => value < 128);
        var digits = end < 0 ? bytes : bytes[..(end + 1)];
        if (digits.Length > 5 || (digits.Length == 5 && digits[4] > 15))
        {
            return Malformed;
        }

        if (end < 0)
        {
            return NaiveHead.Incomplete;
        }

        long length = 0;
        foreach (var digit in digits.Reverse())
        {
            length = (length * 128) + (digit % 128);
        }

        return digits.Length > 1 && digits[^1] == 0 ? Malformed : NaiveHead.Complete([], digits.Length, length);
    }

    /// <summary>The head of a frame, or <see langword="null"/> where its length cannot be said.</summary>
    public static byte[]? Write(long bodyLength)
    {
        if (bodyLength is < 0 or > uint.MaxValue)
        {
            return null;
        }

        var digits = new List<byte>();
        for (; bodyLength > 127; bodyLength /= 128)
        {
            digits.Add((byte)(128 + (bodyLength % 128)));
        }

        return [.. digits, (byte)bodyLength];
    }
}
