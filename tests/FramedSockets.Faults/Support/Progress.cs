namespace FramedSockets.Faults.Support;

/// <summary>Waits for what makes no more progress, which nothing but time tells.</summary>
internal static class Progress
{
    /// <summary>Waits until a number that has grown has not changed for two fifths of a second; a tick that is late may bring the next at once.</summary>
    public static async Task UntilStuckAsync(Func<long> number)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        var start = TimeProvider.System.GetTimestamp();
        for (var (last, same) = (0L, 0); same < 2;)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromSeconds(60), $"It never stood still: {last}");
            _ = await timer.WaitForNextTickAsync();
            var now = number();
            same = now > 0 && now == last ? same + 1 : 0;
            last = now;
        }
    }
}
