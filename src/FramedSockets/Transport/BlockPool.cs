using System.Buffers;
using System.Numerics;

namespace FramedSockets.Transport;

/// <summary>
/// Where connections' blocks come from. Small ones are the shared pool's. Large ones are kept here, for whoever comes next: the shared pool
/// keeps one of each size for every thread, where no other finds it, and a new one costs more than what is received into it.
/// </summary>
/// <remarks>
/// Thread-safe, and nobody waits: where another thread is in here just then, the shared pool does, whose blocks are of the same lengths. What
/// nobody needed for one <see cref="Interval"/> to two is left to the garbage collector.
/// </remarks>
internal sealed class BlockPool(TimeProvider clock) : ArrayPool<byte>
{
    /// <summary>The smallest block that is kept here.</summary>
    public const int Smallest = 64 * 1024;

    /// <summary>How often is looked what was not needed.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    /// <summary>As many bytes as are kept, of all sizes.</summary>
    private const long MostKept = 256 * 1024 * 1024;

    private const int Sizes = 11;
    private readonly Stack<byte[]>[] _kept = CreateStacks();
    private readonly int[] _spare = new int[Sizes];
    private long _keptLength;
    private ITimer? _timer;
    private bool _isLooking;

    /// <summary>The pool of who names none.</summary>
    public static BlockPool Default { get; } = new(TimeProvider.System);

    public override byte[] Rent(int minimumLength)
    {
        if (TryGetSize(BitOperations.RoundUpToPowerOf2((uint)Math.Max(minimumLength, 0)), out var size) && Monitor.TryEnter(_kept))
        {
            try
            {
                if (_kept[size].TryPop(out var block))
                {
                    _spare[size] = Math.Min(_spare[size], _kept[size].Count);
                    _keptLength -= block.Length;
                    return block;
                }
            }
            finally
            {
                Monitor.Exit(_kept);
            }
        }

        return Shared.Rent(minimumLength);
    }

    public override void Return(byte[] array, bool clearArray = false)
    {
        ArgumentNullException.ThrowIfNull(array);
        if (!TryGetSize((uint)array.Length, out var size) || !Monitor.TryEnter(_kept))
        {
            Shared.Return(array, clearArray);
            return;
        }

        try
        {
            if (clearArray)
            {
                Array.Clear(array);
            }

            if (_keptLength + array.Length <= MostKept)
            {
                BeginToLook();
                _kept[size].Push(array);
                _keptLength += array.Length;
            }
        }
        finally
        {
            Monitor.Exit(_kept);
        }
    }

    private static Stack<byte[]>[] CreateStacks()
    {
        var stacks = new Stack<byte[]>[Sizes];
        for (var i = 0; i < Sizes; i++)
        {
            stacks[i] = new();
        }

        return stacks;
    }

    /// <summary>Which of the sizes kept here a length is; false where it is none of them.</summary>
    private static bool TryGetSize(uint length, out int size)
    {
        size = BitOperations.Log2(length) - BitOperations.Log2(Smallest);
        return (uint)size < Sizes && BitOperations.IsPow2(length);
    }

    private void BeginToLook()
    {
        if (!_isLooking)
        {
            _timer ??= CreateTimer();
            _isLooking = _timer.Change(Interval, Interval);
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

    /// <summary>Lets go of as many of each size as were never needed since the last time.</summary>
    private void LetGo()
    {
        lock (_kept)
        {
            for (var size = 0; size < Sizes; size++)
            {
                var kept = _kept[size];
                for (var left = _spare[size]; left > 0; left--)
                {
                    _keptLength -= kept.Pop().Length;
                }

                _spare[size] = kept.Count;
            }

            if (_keptLength == 0)
            {
                _isLooking = false;
                _ = _timer!.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            }
        }
    }
}
