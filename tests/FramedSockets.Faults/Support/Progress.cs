namespace FramedSockets.Faults.Support;

/// <summary>Waits for what makes no more progress, which nothing but time tells.</summary>
internal static class Progress
{
    /// <summary>Waits until a number has not changed for a fifth of a second.</summary>
    public static async Task UntilStuckAsync(Func<long> number)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        for (var last = -1L; last != number();)
        {
            last = number();
            _ = await timer.WaitForNextTickAsync();
        }
    }
}
