using System.Numerics;

namespace FramedSockets.Transport;

/// <summary>Blocks of a few sizes that nobody uses just now. Thread-safe, and nobody waits: who finds another in here is told no.</summary>
internal sealed class BlockShelf
{
    /// <summary>The smallest block that is kept here; the others are twice as long, and so on.</summary>
    private const int Smallest = 16 * 1024;

    private const int Sizes = 13;
    private readonly Stack<byte[]>[] _kept = CreateStacks();
    private readonly int[] _spare = new int[Sizes];

    /// <summary>Which of the sizes kept here a length is; false where it is none of them.</summary>
    public static bool TryGetSize(uint length, out int size)
    {
        size = BitOperations.Log2(length) - BitOperations.Log2(Smallest);
        return (uint)size < Sizes && BitOperations.IsPow2(length);
    }

    /// <summary>Takes a block; <see langword="null"/> where there is none, or another is in here.</summary>
    public byte[]? TryTake(int size)
    {
        if (!Monitor.TryEnter(_kept))
        {
            return null;
        }

        try
        {
            if (_kept[size].TryPop(out var block))
            {
                _spare[size] = Math.Min(_spare[size], _kept[size].Count);
            }

            return block;
        }
        finally
        {
            Monitor.Exit(_kept);
        }
    }

    /// <summary>Puts a block back; false where another is in here.</summary>
    public bool TryPut(int size, byte[] block)
    {
        if (!Monitor.TryEnter(_kept))
        {
            return false;
        }

        try
        {
            _kept[size].Push(block);
            return true;
        }
        finally
        {
            Monitor.Exit(_kept);
        }
    }

    /// <summary>Lets go of as many of each size as were never needed since the last time; returns their bytes.</summary>
    public long LetGo()
    {
        var length = 0L;
        lock (_kept)
        {
            for (var size = 0; size < Sizes; size++)
            {
                var kept = _kept[size];
                for (var left = _spare[size]; left > 0; left--)
                {
                    length += kept.Pop().Length;
                }

                _spare[size] = kept.Count;
            }
        }

        return length;
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
}
