using FramedSockets.Fuzz.Engine;

namespace FramedSockets.Fuzz.Oracles;

/// <summary>
/// What left an output is what was accepted, whole, once and in order, but for what was written before those who waited; where the
/// connection ended, it is the beginning of that.
/// </summary>
/// <param name="frames">The frames, in the order in which they were offered.</param>
/// <param name="output">What left.</param>
/// <param name="mayEnd">Whether there was a reason for the connection to end.</param>
internal sealed class SentCheck(List<SentFrame> frames, byte[] output, bool mayEnd)
{
    private readonly Queue<SentFrame> _overtaking = new(frames.Where(frame => frame.Overtakes.Count > 0 && frame.IsAccepted));
    private int _at;

    private ReadOnlySpan<byte> Left => output.AsSpan(_at);

    public void Run()
    {
        foreach (var frame in frames)
        {
            if (HasOvertaken(frame))
            {
                continue;
            }

            while (!IsNext(frame) && _overtaking.TryPeek(out var first) && IsNext(first) && MayOvertake(first, frame))
            {
                Take(_overtaking.Dequeue());
            }

            if (_overtaking.TryPeek(out var itself) && itself == frame)
            {
                _ = _overtaking.Dequeue();
            }

            var hasEnded = frame.Failure is FramedSocketException { Error: >= FramedSocketError.ConnectionReset };
            FuzzFailureException.Require(!hasEnded || mayEnd, "ends for no reason", $"{frame.Failure}");
            if (frame.IsAccepted)
            {
                FuzzFailureException.Require(frame.MayPass, "accepted", "A frame was accepted that cannot be said.");
                Take(frame);
            }
            else
            {
                CheckRefused(frame);
            }
        }

        FuzzFailureException.Require(_at == output.Length, "too much left", $"{output.Length - _at} bytes that nobody sent, at {_at}");
    }

    private bool HasOvertaken(SentFrame frame) => frame.Overtakes.Count > 0 && frame.IsAccepted && !_overtaking.Contains(frame);

    /// <summary>Whether all that are left from one frame on, up to another, were waiting when that was written.</summary>
    private bool MayOvertake(SentFrame first, SentFrame frame) => frames.SkipWhile(other => other != frame).TakeWhile(other => other != first)
        .All(other => !other.IsAccepted || HasOvertaken(other) || first.Overtakes.Contains(other));

    private void Take(SentFrame frame)
    {
        FuzzFailureException.Require(IsNext(frame), "left differently", $"at {_at}: {Convert.ToHexString(Left[..Math.Min(40, Left.Length)])}");
        _at += Math.Min(Left.Length, frame.Wire!.Length);
    }

    /// <summary>Whether a frame comes next, whole or, where the connection ended, in part.</summary>
    private bool IsNext(SentFrame frame) => frame.Wire is not null && (Left.StartsWith(frame.Wire) || (mayEnd && frame.Wire.AsSpan().StartsWith(Left)));

    private void CheckRefused(SentFrame frame)
    {
        var isRefused = frame.Failure is FramedSocketException { Error: < FramedSocketError.TruncatedFrame };
        FuzzFailureException.Require(!isRefused || !frame.MustPass, "refused", $"{frame.Failure}");
        if (mayEnd && frame.Wire is not null && _at < output.Length && frame.Wire.AsSpan().StartsWith(Left))
        {
            // It was being sent when the connection ended.
            _at = output.Length;
        }
    }
}
