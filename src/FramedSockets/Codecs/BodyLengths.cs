namespace FramedSockets.Codecs;

/// <summary>The refusals of bodies that several framings share.</summary>
internal static class BodyLengths
{
    /// <summary>The length of a body, where it is known and not more than the framing can say.</summary>
    /// <exception cref="FramedSocketException">It is neither.</exception>
    public static long Checked(long bodyLength, long most)
    {
        if ((ulong)bodyLength > (ulong)most)
        {
            throw bodyLength < 0
                ? new FramedSocketException(
                    FramedSocketError.UnframeableBody, "This framing says a body's length first: a body whose length is not known cannot be sent.")
                : new FramedSocketException(
                    FramedSocketError.BodyTooLong, $"The body has {bodyLength} bytes; the most that this framing can say is {most}.");
        }

        return bodyLength;
    }

    /// <summary>The longest body of a framing that looks for its end: it is held in memory, so it is never streamed.</summary>
    public static long MostHeld(FrameLimits limits) => Math.Min(limits.MaxBodyLength, limits.MaxBufferedBodyLength);

    /// <summary>The refusal of a body whose end was not found in time.</summary>
    public static HeaderDecodeResult Endless(long length, FrameLimits limits) => HeaderDecodeResult.Corrupt(
        FramedSocketError.BodyTooLong, $"The body does not end within the limit of {MostHeld(limits)} bytes; it has at least", length);

    /// <summary>Refuses a body that its receiver would not look through to its end.</summary>
    /// <exception cref="FramedSocketException">It is over the limit, or its length is not known.</exception>
    public static void CheckHeld(long bodyLength, FrameLimits limits)
    {
        if (bodyLength < 0)
        {
            throw new FramedSocketException(
                FramedSocketError.UnframeableBody, "This framing ends a body by its content, so a body cannot be streamed: send it from memory.");
        }

        if (bodyLength > MostHeld(limits))
        {
            throw new FramedSocketException(
                FramedSocketError.BodyTooLong, $"The body has {bodyLength} bytes; in this framing it is held in memory, within the limit of {MostHeld(limits)}.");
        }
    }
}
