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
        await AllAsync([.. Enumerable.Range(0, atOnce).Select(_ => Task.Run(RunOneAsync))]);

        async Task RunOneAsync()
        {
            while (Interlocked.Increment(ref next) is var i && i < count)
            {
                await act(i);
            }
        }
    }

    /// <summary>Ends when all have ended or the first has failed.</summary>
    public static async Task AllAsync(params Task[] all)
    {
        await EachAsync().WaitAsync(Scale.Patience);

        async Task EachAsync()
        {
            await foreach (var one in Task.WhenEach(all))
            {
                await one;
            }
        }
    }
}
