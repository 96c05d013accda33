using System.Buffers;
using System.Numerics;

namespace FramedSockets.Transport;

/// <summary>
/// Where connections' blocks come from. Small ones are the shared pool's. Those of 16 KiB and more are kept here, for whoever comes next:
/// the shared pool keeps one of each size for every thread, where no other finds it, and a new one costs more than what is received into it.
/// </summary>
/// <remarks>
/// Thread-safe, and nobody waits: where another thread is at a shelf just then, and may have lost its processor there, the next one is asked.
/// What nobody needed for one <see cref="Interval"/> to two is left to the garbage collector.
/// </remarks>
internal sealed class BlockPool(TimeProvider clock) : ArrayPool<byte>
{
    /// <summary>How often is looked what was not needed: so seldom that connections which rest for some seconds find theirs again.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    /// <summary>As many bytes as are kept, of all sizes.</summary>
    private const long MostKept = 256 * 1024 * 1024;

    private readonly BlockShelf[] _shelves = [new(), new(), new(), new()];
    private long _keptLength;
    private ITimer? _timer;
    private int _isLooking;

    /// <summary>The pool of who names none.</summary>
    public static BlockPool Default { get; } = new(TimeProvider.System);

    public override byte[] Rent(int minimumLength)
    {
        if (BlockShelf.TryGetSize(BitOperations.RoundUpToPowerOf2((uint)Math.Max(minimumLength, 0)), out var size))
        {
            foreach (var shelf in _shelves)
            {
                if (shelf.TryTake(size) is { } block)
                {
                    _ = Interlocked.Add(ref _keptLength, -block.Length);
                    return block;
                }
            }
        }

        return Shared.Rent(minimumLength);
    }

    public override void Return(byte[] array, bool clearArray = false)
    {
        ArgumentNullException.ThrowIfNull(array);
        if (!BlockShelf.TryGetSize((uint)array.Length, out var size))
        {
            Shared.Return(array, clearArray);
            return;
        }

        if (clearArray)
        {
            Array.Clear(array);
        }

        // Counted first: who lets go of the last sees it, or this begins to look again.
        var isKept = false;
        try
        {
            isKept = Interlocked.Add(ref _keptLength, array.Length) <= MostKept && TryKeep(size, array);
        }
        finally
        {
            if (!isKept)
            {
                _ = Interlocked.Add(ref _keptLength, -array.Length);
            }
        }
    }

    private bool TryKeep(int size, byte[] array)
    {
        BeginToLook();
        foreach (var shelf in _shelves)
        {
            if (shelf.TryPut(size, array))
            {
                return true;
            }
        }

        return false;
    }

    private void BeginToLook()
    {
        if (Interlocked.Exchange(ref _isLooking, 1) != 0)
        {
            return;
        }

        try
        {
            _timer ??= CreateTimer();
            _ = _timer.Change(Interval, Timeout.InfiniteTimeSpan);
        }
        catch
        {
            // No memory: whoever returns the next block tries again.
            Volatile.Write(ref _isLooking, 0);
            throw;
        }
    }

    private ITimer CreateTimer()
    {
        // For the process: it holds nothing of whoever happened to be first.
        if (!ExecutionContext.IsFlowSuppressed())
        {
            using (ExecutionContext.SuppressFlow())
            {
                return CreateTimer();
            }
        }

        return clock.CreateTimer(static pool => ((BlockPool)pool!).LetGo(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    private void LetGo()
    {
        foreach (var shelf in _shelves)
        {
            _ = Interlocked.Add(ref _keptLength, -shelf.LetGo());
        }

        _ = Interlocked.Exchange(ref _isLooking, 0);
        if (Interlocked.Read(ref _keptLength) > 0)
        {
            BeginToLook();
        }
    }
}
