namespace FramedSockets.Framing;

/// <summary>How an output ends: further frames are refused, what is queued leaves, and then the pipe ends, or another framing goes on with it.</summary>
internal static class OutputEnding
{
    /// <summary>Refuses further frames, sends what is queued, and ends the output; throws the reason where it fails or has failed. All wait for the end.</summary>
    public static async ValueTask CompleteAsync<THeader>(this OutputQueue<THeader> queue, CancellationToken cancellationToken)
    {
        await queue.EndAsync(cancellationToken).ConfigureAwait(false);
        queue.Turn.ThrowIfFailed();
    }

    /// <summary>The same; but where the output has failed, or fails in its end, that is an end too.</summary>
    public static async ValueTask EndAsync<THeader>(this OutputQueue<THeader> queue, CancellationToken cancellationToken)
    {
        try
        {
            await queue.DrainAsync(isToEnd: true, cancellationToken).ConfigureAwait(false);
        }
        catch (FramedSocketException) when (queue.Turn.HasFailed)
        {
            // The pipe is still to be told, and given back what it holds.
        }

        await queue.EndOnceAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Begins to end an output that was drained, where somebody asked for its end: he may wait no longer, or not yet.</summary>
    public static void BeginEndIfAsked<THeader>(this OutputQueue<THeader> queue)
    {
        if (queue.IsToEnd)
        {
            _ = queue.EndOnceAsync();
        }
    }

    /// <summary>Refuses further frames, and sends what is queued.</summary>
    /// <param name="queue">The queue.</param>
    /// <param name="isToEnd">Whether that is for the output's end.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static ValueTask DrainAsync<THeader>(this OutputQueue<THeader> queue, bool isToEnd, CancellationToken cancellationToken)
    {
        queue.Turn.Kick();
        OutputWaiter<THeader> waiter;
        lock (queue.Turn.Gate)
        {
            queue.IsCompleted = true;
            queue.IsToEnd |= isToEnd;
            if (queue.Turn.HasFailed || (!queue.Turn.IsTaken && queue.Turn.Queued == 0))
            {
                return default;
            }

            waiter = queue.Turn.Waiters.Enqueue(OutputWaiter<THeader>.Wish.End, default!, default);
        }

        // A frame may have been accepted between the two.
        queue.Turn.Kick();
        return queue.Turn.Waiters.WaitAsync(waiter, cancellationToken);
    }

    /// <summary>Refuses further frames, also of those who wait already.</summary>
    public static void Close<THeader>(this OutputQueue<THeader> queue)
    {
        lock (queue.Turn.Gate)
        {
            queue.IsCompleted = true;
            if (queue.Turn.HasWaiters)
            {
                queue.Turn.Waiters.RefuseSenders(OutputQueue<THeader>.Completed());
            }
        }
    }

    /// <summary>Neither sends anything nor ends the pipe from now on: another framing does, whose queue nobody else has yet.</summary>
    public static void HandOnTo<THeader, TOther>(this OutputQueue<THeader> queue, OutputQueue<TOther> next)
    {
        lock (queue.Turn.Gate)
        {
            queue.IsCompleted = true;
            if (!queue.Turn.TryLetGo())
            {
                // It has ended, or is about to.
                _ = next.Turn.TryLetGo();
                next.IsCompleted = true;
                next.Ending = queue.Ending;
            }
        }
    }

    /// <summary>Ends the output, unless that has begun: all wait for the same end.</summary>
    private static Task EndOnceAsync<THeader>(this OutputQueue<THeader> queue)
    {
        TaskCompletionSource? mine = null;
        lock (queue.Turn.Gate)
        {
            if (queue.Ending is null && queue.Turn.TryEnd())
            {
                queue.Ending = mine = new(TaskCreationOptions.RunContinuationsAsynchronously);
                queue.Reader?.ExpectEnd();
            }
        }

        return mine is null ? queue.Ending?.Task ?? Task.CompletedTask : Once.EndAsync(mine, queue.Turn.EndAsync).AsTask();
    }
}
