using FramedSockets.Fuzz.Engine;

namespace FramedSockets.Fuzz.Oracles;

/// <summary>
/// What left an output is what was accepted, whole, once and in order; where the connection ended, it is the beginning of that.
/// </summary>
/// <param name="frames">The frames, in the order in which they were offered.</param>
/// <param name="output">What left.</param>
/// <param name="mayEnd">Whether there was a reason for the connection to end.</param>
internal sealed class SentCheck(List<SentFrame> frames, byte[] output, bool mayEnd)
{
    private int _at;

    public void Run()
    {
        foreach (var frame in frames)
        {
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

    private void Take(SentFrame frame)
    {
        var left = output.AsSpan(_at);
        var isWhole = left.StartsWith(frame.Wire);
        FuzzFailureException.Require(
            isWhole || (mayEnd && frame.Wire.AsSpan().StartsWith(left)), "left differently", $"at {_at}: {Convert.ToHexString(left[..Math.Min(40, left.Length)])}");
        _at += Math.Min(left.Length, frame.Wire!.Length);
    }

    private void CheckRefused(SentFrame frame)
    {
        var isRefused = frame.Failure is FramedSocketException { Error: < FramedSocketError.TruncatedFrame };
        FuzzFailureException.Require(!isRefused || !frame.MustPass, "refused", $"{frame.Failure}");
        if (mayEnd && frame.Wire is not null && _at < output.Length && frame.Wire.AsSpan().StartsWith(output.AsSpan(_at)))
        {
            // It was being sent when the connection ended.
            _at = output.Length;
        }
    }
}
