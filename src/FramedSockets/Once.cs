namespace FramedSockets;

/// <summary>Something that is done once, however many ask for it: the first does it, and everybody waits for that.</summary>
internal static class Once
{
    /// <summary>Does it, unless somebody has begun it before.</summary>
    /// <param name="begun">Where it is noted that it has begun, and who waits for its end.</param>
    /// <param name="action">What is to be done. What it throws, only the first is told.</param>
    public static ValueTask RunAsync(ref TaskCompletionSource? begun, Func<ValueTask> action)
    {
        var mine = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return Interlocked.CompareExchange(ref begun, mine, null) is { } first ? new(first.Task) : EndAsync(mine, action);
    }

    /// <summary>Does what the caller has begun.</summary>
    /// <param name="mine">What others wait for.</param>
    /// <param name="action">What is to be done.</param>
    public static async ValueTask EndAsync(TaskCompletionSource mine, Func<ValueTask> action)
    {
        try
        {
            await action().ConfigureAwait(false);
        }
        finally
        {
            mine.SetResult();
        }
    }
}
