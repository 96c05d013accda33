using System.Collections.Concurrent;

namespace FramedSockets.Transport;

/// <summary>
/// Receives that wait for their turn on the thread pool, behind what it has to do already. A busy peer has often sent again by
/// then: a receive that finds its bytes needs no attempt that fails before, and no event and no hop from the thread that polls.
/// </summary>
/// <remarks>
/// Any number of threads. What reads runs in here and may block: before the first of several begins, the pool is told that there are
/// more, so that another thread takes them.
/// </remarks>
internal sealed class DeferredReceives : IThreadPoolWorkItem
{
    // How many begin in a row, and for how many milliseconds, before what else waits for the pool.
    private const int Most = 64;
    private const int Longest = 15;

    /// <summary>So many processors share one: few enough that they do not wait for each other.</summary>
    private const int Sharers = 16;

    private static readonly DeferredReceives[] All = Create(1 + ((Environment.ProcessorCount - 1) / Sharers));

    private readonly ConcurrentQueue<IDeferredReceive> _receives = new();
    private int _isScheduled;

    /// <summary>Puts a receive off, which begins where this calls it.</summary>
    public static void Add(IDeferredReceive receive)
    {
        var own = All.Length == 1 ? All[0] : All[Thread.GetCurrentProcessorId() / Sharers % All.Length];
        own._receives.Enqueue(receive);
        own.Schedule();
    }

    void IThreadPoolWorkItem.Execute()
    {
        // Before the first is taken: whoever comes from now on schedules another turn.
        _ = Interlocked.Exchange(ref _isScheduled, 0);
        var left = Math.Min(_receives.Count, Most);
        var isAlone = left <= 1;
        if (!isAlone)
        {
            Schedule();
        }

        var end = Environment.TickCount64 + Longest;
        while (left-- > 0 && Environment.TickCount64 <= end && _receives.TryDequeue(out var receive))
        {
            receive.Begin(isAlone);
        }

        if (!_receives.IsEmpty)
        {
            Schedule();
        }
    }

    private static DeferredReceives[] Create(int count)
    {
        var all = new DeferredReceives[count];
        for (var i = 0; i < count; i++)
        {
            all[i] = new();
        }

        return all;
    }

    private void Schedule()
    {
        if (Interlocked.Exchange(ref _isScheduled, 1) != 0)
        {
            return;
        }

        try
        {
            _ = ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
        catch
        {
            // No memory: the next who comes tries again.
            Volatile.Write(ref _isScheduled, 0);
            throw;
        }
    }
}
