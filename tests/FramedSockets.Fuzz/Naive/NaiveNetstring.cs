using System.Numerics;
using System.Text;

namespace FramedSockets.Fuzz.Naive;

/// <summary>Digits, a colon, the body, a comma.</summary>
internal sealed class NaiveNetstring : NaiveFraming
{
    public override NaiveHead Read(byte[] bytes, NaiveLimits limits)
    {
        var digits = new string([.. bytes.TakeWhile(value => value is >= (byte)'0' and <= (byte)'9').Select(value => (char)value)]);
        if (digits.Length > 1 && digits[0] == '0')
        {
            return NaiveHead.Refused(FramedSocketError.MalformedHeader);
        }

        if (digits.Length > 0 && BigInteger.Parse(digits) > long.MaxValue)
        {
            return NaiveHead.Refused(FramedSocketError.BodyTooLong);
        }

        if (digits.Length == bytes.Length)
        {
            return NaiveHead.Incomplete;
        }

        return digits.Length > 0 && bytes[digits.Length] == ':'
            ? NaiveHead.Complete([], digits.Length + 1, long.Parse(digits), 1)
            : NaiveHead.Refused(FramedSocketError.MalformedHeader);
    }

    public override bool IsTrailer(byte[] trailer) => trailer is [(byte)','];

    /// <summary>The head of a frame, or <see langword="null"/> where its length cannot be said.</summary>
    public static byte[]? Write(long bodyLength) => bodyLength < 0 ? null : Encoding.ASCII.GetBytes($"{bodyLength}:");
}
