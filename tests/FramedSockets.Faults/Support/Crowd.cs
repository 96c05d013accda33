namespace FramedSockets.Faults.Support;

/// <summary>The same done many times, some at once.</summary>
internal static class Crowd
{
    /// <summary>Does it, and ends when all is done or the first has failed.</summary>
    /// <param name="count">How often.</param>
    /// <param name="atOnce">How many at a time.</param>
    /// <param name="act">Given the number of this time, from 0.</param>
    public static async Task RunAsync(int count, int atOnce, Func<int, Task> act)
    {
        var next = -1;
        var all = Task.WhenAll(Enumerable.Range(0, atOnce).Select(_ => Task.Run(RunOneAsync)));
        await all.WaitAsync(TimeSpan.FromMinutes(Scale.IsFull ? 20 : 1));

        async Task RunOneAsync()
        {
            while (Interlocked.Increment(ref next) is var i && i < count)
            {
                await act(i);
            }
        }
    }
}
