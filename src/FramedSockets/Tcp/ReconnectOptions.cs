namespace FramedSockets.Tcp;

/// <summary>
/// How long a client waits before it connects again: at random between nothing and a longest time, which doubles with each attempt
/// that brings nothing, so that the clients of a server that comes back do not come all at once. Immutable and safe to share.
/// </summary>
/// <remarks>
/// This is "full jitter" (M. Brooker, Exponential Backoff and Jitter, AWS Architecture Blog, 2015). What brings something is a connection
/// on which a frame was read, or which lasted as long as <see cref="MaxDelay"/>: behind it, waiting begins with <see cref="FirstDelay"/> anew.
/// </remarks>
public sealed record ReconnectOptions
{
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(int.MaxValue);

    /// <summary>The options with every default.</summary>
    public static ReconnectOptions Default { get; } = new();

    /// <summary>The longest first wait; each further one may be twice as long.</summary>
    /// <value>More than zero; 100 milliseconds by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is zero, negative or infinite, or more than 2,147,483,647 ms (24 days).</exception>
    public TimeSpan FirstDelay
    {
        get;
        init => field = Checked(value);
    } = TimeSpan.FromMilliseconds(100);

    /// <summary>What no wait is longer than.</summary>
    /// <value>More than zero; 30 seconds by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is zero, negative or infinite, or more than 2,147,483,647 ms (24 days).</exception>
    public TimeSpan MaxDelay
    {
        get;
        init => field = Checked(value);
    } = TimeSpan.FromSeconds(30);

    /// <summary>How many attempts in a row may bring nothing before the client gives up.</summary>
    /// <value>1 or more; <see cref="int.MaxValue"/>, the default, for any number.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1.</exception>
    public int MaxAttempts
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = int.MaxValue;

    /// <summary>A wait, behind so many in a row.</summary>
    internal TimeSpan NextDelay(int waits)
    {
        var longest = TimeSpan.FromTicks((long)Math.Min(MaxDelay.Ticks, FirstDelay.Ticks * Math.Pow(2, waits)));
#pragma warning disable CA5394 // nothing is secret about it
        return Random.Shared.NextDouble() * longest;
#pragma warning restore CA5394
    }

    private static TimeSpan Checked(TimeSpan value)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(value, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, Longest);
        return value;
    }
}
