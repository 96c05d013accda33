namespace FramedSockets.Faults.Support;

/// <summary>
/// How large the cases are. <c>dotnet test</c> runs them small, and judges by what happens; <c>tests/faults.sh</c> sets
/// FRAMEDSOCKETS_FAULTS and runs them as large as they are specified, and by the clock too.
/// </summary>
internal static class Scale
{
    public static bool IsFull { get; } = Environment.GetEnvironmentVariable("FRAMEDSOCKETS_FAULTS") is { Length: > 0 };

    /// <summary>How long the soak lasts.</summary>
    public static TimeSpan Soak { get; } = TimeSpan.FromMinutes(
        int.TryParse(Environment.GetEnvironmentVariable("FRAMEDSOCKETS_SOAK_MINUTES"), out var minutes) ? minutes : 20);

    /// <summary>How long what is to be done for ten minutes is done: for less where the soak is shorter.</summary>
    public static TimeSpan TenMinutes => !IsFull ? TimeSpan.FromMilliseconds(200) : Soak < TimeSpan.FromMinutes(10) ? Soak : TimeSpan.FromMinutes(10);

    /// <summary>How long all that a case does at once may take: twenty minutes, or a little more than a soak that lasts as long.</summary>
    public static TimeSpan Patience => TimeSpan.FromMinutes(IsFull ? Math.Max(20, Soak.TotalMinutes + 1) : 1);

    public static int Of(int full, int small) => IsFull ? full : small;

    /// <summary>A time that a case promises. Only the full run asks for it: a machine that is busy otherwise keeps no promises.</summary>
    public static void AssertWithin(TimeSpan most, TimeSpan elapsed, string what)
    {
        if (IsFull)
        {
            Assert.True(elapsed <= most, $"{what} took {elapsed.TotalMilliseconds:N0} ms, {most.TotalMilliseconds:N0} are the most.");
        }
    }
}
