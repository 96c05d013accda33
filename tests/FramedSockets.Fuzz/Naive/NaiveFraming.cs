using FramedSockets.Fuzz.Oracles;

namespace FramedSockets.Fuzz.Naive;

/// <summary>
/// A framing written again from its specification, as plainly as can be and without a line of the library's: the other side of
/// the comparison.
/// </summary>
internal abstract class NaiveFraming
{
    /// <summary>Reads the head of a frame from all bytes that there are of it.</summary>
    public abstract NaiveHead Read(byte[] bytes, NaiveLimits limits);

    /// <summary>Whether the bytes after a body are the right ones.</summary>
    public virtual bool IsTrailer(byte[] trailer) => true;

    /// <summary>Writes down what a whole stream holds.</summary>
    public void Decode(byte[] stream, NaiveLimits limits, Transcript transcript)
    {
        var at = 0;
        while (at < stream.Length)
        {
            if (DecodeFrame(stream, ref at, limits, transcript) is { } error)
            {
                transcript.End(error);
                return;
            }
        }

        transcript.End(null);
    }

    /// <summary>Takes one frame, or says why there is none.</summary>
    private FramedSocketError? DecodeFrame(byte[] stream, ref int at, NaiveLimits limits, Transcript transcript)
    {
        var head = Read(stream[at..], limits);
        if (head.IsIncomplete || head.Error is not null)
        {
            return head.Error ?? FramedSocketError.TruncatedFrame;
        }

        var start = at + head.HeadLength;
        long left = stream.Length - start;
        if (head.BodyLength < 0)
        {
            return DecodeRest(head, stream, ref at, limits, transcript);
        }

        if (head.BodyLength > limits.MaxBody)
        {
            if (!limits.Skips)
            {
                return FramedSocketError.BodyTooLong;
            }

            transcript.AddOversized(head.Header, head.BodyLength);
            return CheckTrailer(head, stream, ref at);
        }

        var isStreamed = head.BodyLength > limits.MostHeld;
        if (isStreamed && left < head.BodyLength)
        {
            transcript.AddCut(head.Header);
            return FramedSocketError.TruncatedFrame;
        }

        var next = at;
        var error = CheckTrailer(head, stream, ref next);
        if (isStreamed || error is null)
        {
            transcript.AddFrame(head.Header, stream.AsSpan(start, (int)head.BodyLength));
        }

        at = next;
        return error;
    }

    private static FramedSocketError? DecodeRest(NaiveHead head, byte[] stream, ref int at, NaiveLimits limits, Transcript transcript)
    {
        var body = stream.AsSpan(at + head.HeadLength);
        at = stream.Length;
        if (body.Length > limits.MaxBody)
        {
            transcript.AddCut(head.Header);
            return FramedSocketError.BodyTooLong;
        }

        transcript.AddFrame(head.Header, body);
        return null;
    }

    /// <summary>Goes behind a frame, if all of it is there.</summary>
    private FramedSocketError? CheckTrailer(NaiveHead head, byte[] stream, ref int at)
    {
        long left = stream.Length - at - head.HeadLength;
        if (left < head.BodyLength || left - head.BodyLength < head.TrailerLength)
        {
            return FramedSocketError.TruncatedFrame;
        }

        var end = at + head.HeadLength + (int)head.BodyLength;
        at = end + head.TrailerLength;
        return IsTrailer(stream[end..at]) ? null : FramedSocketError.MalformedTrailer;
    }
}
