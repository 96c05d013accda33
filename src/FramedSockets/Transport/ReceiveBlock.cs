using System.Buffers;

namespace FramedSockets.Transport;

/// <summary>
/// One contiguous block of received bytes. It is rented when bytes are to be received, so that an idle connection owns none and
/// those of a loop take turns with the same few blocks. It doubles when it is full, never because of a declared length. Not to be
/// copied.
/// </summary>
/// <param name="pool">Where it is rented.</param>
/// <param name="smallest">Its length where there is little traffic.</param>
/// <param name="largest">Its length where there is much; only a frame that is longer makes it longer.</param>
internal struct ReceiveBlock(ArrayPool<byte> pool, int smallest, int largest)
{
    /// <summary>As much of a frame as is moved to a block of its own size before a wait.</summary>
    private const int SmallRest = 4096;

    private const int LargestModest = 64 * 1024;

    private readonly int _smallest = smallest;
    private byte[]? _array;
    private int _start;
    private int _examined;
    private int _end;
    private int _size = smallest;
    private int _smallReads;

    /// <summary>Whether it is as long as where there is little traffic.</summary>
    public readonly bool IsSmall => _size == _smallest;

    /// <summary>Whether it is longer than batches of small frames make it.</summary>
    public readonly bool IsLarge => _size > LargestModest;

    /// <summary>The size of the block; 0 without one. Any thread.</summary>
    public readonly int Capacity => Volatile.Read(in _array)?.Length ?? 0;

    /// <summary>Bytes held.</summary>
    public readonly int Length => _end - _start;

    /// <summary>Whether bytes are held that the reader has not looked at.</summary>
    public readonly bool HasUnexamined => _end > _examined;

    /// <summary>Whether so little is held that it may be moved before a wait.</summary>
    public readonly bool HasSmallRest => Length <= SmallRest;

    /// <summary>The bytes held, lent until <see cref="Advance"/>.</summary>
    public readonly ReadOnlySequence<byte> Lend() => _array is null ? default : new(_array, _start, Length);

    /// <summary>Takes back what was lent; says whether all of what is held is consumed.</summary>
    public bool Advance(SequencePosition consumed, SequencePosition examined)
    {
        if (_array is not null)
        {
            var start = Find(consumed);
            _examined = Math.Max(Find(examined), start);
            _start = start;
        }

        return _start == _end;
    }

    /// <summary>Begins at the front again, once all is consumed.</summary>
    public void Rewind() => _start = _examined = _end = 0;

    /// <summary>Where the next bytes go; never empty.</summary>
    public Memory<byte> GetRoom(int minimum)
    {
        if (_array is not { } array)
        {
            _array = pool.Rent(_size);
        }
        else if (array.Length < _size || Length == array.Length)
        {
            Move(pool.Rent((int)Math.Min(Math.Max(_size, 2L * Length), Array.MaxLength)));
        }
        else if (_end == array.Length || minimum > array.Length - _start)
        {
            Move(array);
        }

        return _array.AsMemory(_end);
    }

    /// <summary>Takes bytes that were put into the room; says whether they filled it.</summary>
    public bool Commit(int count)
    {
        _end += count;
        var isFull = _end == _array!.Length;
        AdaptSize(isFull);
        return isFull;
    }

    /// <summary>Before a wait: a small rest of a frame does not hold a large block, and no rest holds none.</summary>
    public void Shrink()
    {
        if (Length == 0)
        {
            Free();
        }
        else if (HasSmallRest && _array!.Length > 2 * SmallRest)
        {
            Move(pool.Rent(Math.Min(2 * SmallRest, Math.Max(256, Length))));
        }
    }

    /// <summary>Gives the block back.</summary>
    public void Free()
    {
        Rewind();
        if (_array is { } array)
        {
            _array = null;
            pool.Return(array);
        }
    }

    /// <summary>Where in the array a position of what was lent lies: a sequence of one array counts in its indices.</summary>
    private readonly int Find(SequencePosition position)
    {
        var index = position.GetInteger();
        return ReferenceEquals(position.GetObject(), _array) && index >= _start && index <= _end
            ? index
            : throw new ArgumentOutOfRangeException(nameof(position), "The position is not of what was read.");
    }

    private void Move(byte[] target)
    {
        var array = _array!;
        array.AsSpan(_start, Length).CopyTo(target);
        _examined -= _start;
        _end -= _start;
        _start = 0;
        _array = target;
        if (!ReferenceEquals(array, target))
        {
            pool.Return(array);
        }
    }

    /// <summary>The next block is as large as the last reads were: it grows when one fills it and shrinks after two small ones.</summary>
    private void AdaptSize(bool isFull)
    {
        if (isFull || _array!.Length > _size)
        {
            _size = Math.Max(_array!.Length, Math.Min(largest, 4 * _size));
            _smallReads = 0;
        }
        else if (_size > _smallest && _end < _size / 4)
        {
            if (++_smallReads > 1)
            {
                _size = Math.Max(_smallest, _size / 2);
                _smallReads = 0;
            }
        }
        else
        {
            _smallReads = 0;
        }
    }
}
