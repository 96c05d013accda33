namespace FramedSockets;

/// <summary>The one rule for timeouts in options: zero or more and within a timer's range, or infinite.</summary>
internal static class CheckedTimeout
{
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(int.MaxValue);

    public static TimeSpan Of(TimeSpan value)
    {
        if (value != Timeout.InfiniteTimeSpan)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, TimeSpan.Zero);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, Longest);
        }

        return value;
    }
}
