namespace FramedSockets.Fuzz.Naive;

/// <summary>A length of so many bytes, with bytes before and after it; something is added to it to give the body's length.</summary>
internal sealed class NaiveLength(int before, int width, int after, bool isBigEndian, long toBody) : NaiveFraming
{
    /// <summary>The largest length: all bits, but for 8 bytes, whose top bit says nothing.</summary>
    public static Int128 MostOf(int width) => width == 8 ? long.MaxValue : (Int128.One << (8 * width)) - 1;

    public override NaiveHead Read(byte[] bytes, NaiveLimits limits)
    {
        if (before + after > limits.MaxHeader)
        {
            return NaiveHead.Refused(FramedSocketError.HeaderTooLong);
        }

        if (bytes.Length < before + width + after)
        {
            return NaiveHead.Incomplete;
        }

        Int128 length = 0;
        for (var i = 0; i < width; i++)
        {
            length = (length * 256) + bytes[before + (isBigEndian ? i : width - 1 - i)];
        }

        var body = length + toBody;
        if (length > long.MaxValue || body > long.MaxValue)
        {
            return NaiveHead.Refused(FramedSocketError.BodyTooLong);
        }

        if (body < 0)
        {
            return NaiveHead.Refused(FramedSocketError.MalformedHeader);
        }

        byte[] header = [(byte)before, .. bytes[..before], .. bytes[(before + width)..(before + width + after)]];
        return NaiveHead.Complete(header, before + width + after, (long)body);
    }

    /// <summary>The head of a frame, or <see langword="null"/> where its length cannot be said.</summary>
    public byte[]? Write(byte[] bytesBefore, byte[] bytesAfter, long bodyLength)
    {
        var length = (Int128)bodyLength - toBody;
        if (bodyLength < 0 || length < 0 || length > MostOf(width))
        {
            return null;
        }

        var digits = new byte[width];
        for (var i = 0; i < width; i++)
        {
            digits[isBigEndian ? width - 1 - i : i] = (byte)(length % 256);
            length /= 256;
        }

        return [.. bytesBefore, .. digits, .. bytesAfter];
    }
}
