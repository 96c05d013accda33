using FramedSockets.Fuzz.Engine;
using FramedSockets.Fuzz.Naive;

namespace FramedSockets.Fuzz.Oracles;

/// <summary>What the specification says of the next frame of a scripted stream, as far as it has arrived.</summary>
internal sealed class NextFrame(NaiveFraming naive, ScriptedStream stream)
{
    private long _trailerStart;
    private int _trailerLength;

    public required NaiveLimits Limits { get; set; }

    /// <summary>Of the frame that was taken last: where its body begins.</summary>
    public long BodyStart { get; private set; }

    /// <summary>Of the frame that was taken last: whether its body is over the limit.</summary>
    public bool IsOversized { get; private set; }

    /// <summary>Of the frame that was taken last: whether its body is not held in memory.</summary>
    public bool IsStreamed { get; private set; }

    public bool IsCleanEnd => stream is { HasEnded: true, Broken: null } && stream.Taken == stream.Arrived && IsTrailerRight();

    /// <summary>Goes behind the next frame, which has to be there.</summary>
    public NaiveHead Take()
    {
        FuzzFailureException.Require(stream.Taken <= stream.Arrived && IsTrailerRight(), "a frame from nowhere", $"{this}");
        var head = naive.Read(stream.Waiting, Limits);
        FuzzFailureException.Require(IsThere(head), "a frame that is not there", $"{this}");
        BodyStart = stream.Taken + head.HeadLength;
        IsOversized = head.BodyLength > Limits.MaxBody;
        IsStreamed = head.BodyLength > Limits.MostHeld;
        _trailerStart = Sum(BodyStart, head.BodyLength);
        _trailerLength = head.TrailerLength;
        FuzzFailureException.Require(IsStreamed || IsTrailerRight(), "wrong trailer accepted", $"{this}");
        stream.Taken = Sum(_trailerStart, _trailerLength);
        return head;
    }

    /// <summary>A reader that waits has nothing to wait for but more bytes.</summary>
    public void CheckNothingIsThere()
    {
        if (stream.Taken > stream.Arrived)
        {
            return;
        }

        var head = naive.Read(stream.Waiting, Limits);
        FuzzFailureException.Require(head.Error is null && !IsThere(head) && IsTrailerRight(), "waits too long", $"{this}");
    }

    /// <summary>Whether the stream may fail for a reason now.</summary>
    public bool MayFail(FramedSocketError error)
    {
        // What had arrived before a pipe broke, and was not read, is lost: then nobody can say where the reader was.
        if (stream.Broken is { } broken && (error == broken || (broken == FramedSocketError.ConnectionReset && error == FramedSocketError.TruncatedFrame)))
        {
            return true;
        }

        if (stream.Taken > stream.Arrived || !IsTrailerRight())
        {
            return error == (IsTrailerRight() ? stream.HasEnded ? FramedSocketError.TruncatedFrame : null : FramedSocketError.MalformedTrailer);
        }

        var head = naive.Read(stream.Waiting, Limits);
        return error == (head.Error ?? ErrorOf(head));
    }

    public override string ToString() =>
        $"byte {stream.Taken} of {stream.Arrived} that arrived{(stream.HasEnded ? ", at the end" : "")}, under {Limits}";

    /// <summary>Whether a head, and what has to be there with it, has arrived and is acceptable.</summary>
    private bool IsThere(NaiveHead head)
    {
        if (head.IsIncomplete || head.Error is not null)
        {
            return false;
        }

        return head.BodyLength > Limits.MostHeld
            ? head.BodyLength <= Limits.MaxBody || Limits.Skips
            : stream.Waiting.Length >= head.HeadLength + head.BodyLength + head.TrailerLength;
    }

    private FramedSocketError? ErrorOf(NaiveHead head)
    {
        if (!head.IsIncomplete && head.BodyLength > Limits.MaxBody)
        {
            return FramedSocketError.BodyTooLong;
        }

        return IsThere(head) ? FramedSocketError.MalformedTrailer : stream.HasEnded ? FramedSocketError.TruncatedFrame : null;
    }

    /// <summary>Whether the trailer of the frame that was taken last is right, as far as one can know.</summary>
    private bool IsTrailerRight() => Sum(_trailerStart, _trailerLength) > stream.Arrived
        || naive.IsTrailer(stream.Bytes[(int)_trailerStart..(int)(_trailerStart + _trailerLength)])
        || _trailerLength == 0;

    private static long Sum(long left, long right) => left > long.MaxValue - right ? long.MaxValue : left + right;
}
