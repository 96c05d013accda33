using System.Buffers;

namespace FramedSockets.Transport;

/// <summary>
/// One contiguous block of received bytes. It is rented when bytes are known to wait and given back when all are consumed,
/// so that an idle connection owns none; it doubles when it is full, never because of a declared length.
/// </summary>
internal sealed class ReceiveBuffer
{
    /// <summary>As much of a frame as may be moved to a block of its own size before a wait.</summary>
    private const int SmallRest = 4096;

    /// <summary>The block of a connection with little traffic; while bytes come quickly, it is kept through a wait.</summary>
    private const int SmallBlock = 4096;

    /// <summary>How many times in a row bytes have to come quickly: a few frames at the beginning are no traffic.</summary>
    private const int ManyTimes = 8;

    private readonly ArrayPool<byte> _pool;
    private readonly int _largest;
    private byte[]? _array;
    private int _start;
    private int _examined;
    private int _end;
    private int _size = SmallBlock;
    private int _smallReads;
    private bool _isProbe;
    private bool _isFull;
    private bool _isReady;
    private bool _isReceiving;
    private int _quick;
    private ReadOnlySequence<byte> _lent;

    public ReceiveBuffer(ArrayPool<byte> pool, int largest)
    {
        _pool = pool;
        _largest = largest;
    }

    /// <summary>The size of the block; 0 without one. Any thread.</summary>
    public int Capacity => Volatile.Read(ref _array)?.Length ?? 0;

    /// <summary>Bytes held.</summary>
    public int Length => _end - _start;

    /// <summary>Whether bytes are held that the reader has not looked at.</summary>
    public bool HasUnexamined => _end > _examined;

    /// <summary>The bytes held, lent until <see cref="Advance"/>.</summary>
    public ReadOnlySequence<byte> Lend()
    {
        _lent = _array is null ? default : new(_array, _start, _end - _start);
        return _lent;
    }

    /// <summary>Takes back what was lent. A receive that a cancelled read left in flight keeps its place.</summary>
    public void Advance(SequencePosition consumed, SequencePosition examined)
    {
        if (_array is null)
        {
            return;
        }

        var end = _start + (int)_lent.Length;
        _examined = end - (int)_lent.Slice(examined).Length;
        _start = end - (int)_lent.Slice(consumed).Length;
        _examined = Math.Max(_examined, _start);
        if (_start == _end && !_isReceiving)
        {
            _start = _examined = _end = 0;
            if (!_isFull)
            {
                Free();
            }
        }
    }

    /// <summary>
    /// Where the next receive goes. Empty memory is a probe: it waits for bytes without owning a buffer for them.
    /// </summary>
    public Memory<byte> GetRoom(int minimum)
    {
        _isProbe = !_isReady && !_isFull && Length <= SmallRest && !(_quick >= ManyTimes && _size == SmallBlock);
        if (_isProbe)
        {
            Shrink();
            return default;
        }

        if (_array is null)
        {
            _array = _pool.Rent(_size);
        }
        else
        {
            MakeRoom(minimum);
        }

        _isReceiving = true;
        return _array.AsMemory(_end);
    }

    /// <summary>Takes the result of a receive; false at the end of the stream.</summary>
    /// <param name="count">The bytes received.</param>
    /// <param name="isQuick">Whether it did not wait long; the receive behind a probe waits for nothing, so it does not count.</param>
    public bool Commit(int count, bool isQuick)
    {
        if (!_isReady)
        {
            _quick = isQuick ? Math.Min(_quick + 1, ManyTimes) : 0;
        }

        if (_isProbe)
        {
            _isReady = true;
            return true;
        }

        _isReady = false;
        _isReceiving = false;
        _isFull = _end + count == _array!.Length;
        _end += count;
        AdaptSize();
        return count > 0;
    }

    /// <summary>Gives the block back.</summary>
    public void Free()
    {
        _start = _examined = _end = 0;
        _lent = default;
        if (_array is { } array)
        {
            _array = null;
            _pool.Return(array);
        }
    }

    /// <summary>A small rest of a frame does not hold a large block while the connection waits.</summary>
    private void Shrink()
    {
        if (_array is null || _array.Length <= 2 * SmallRest)
        {
            return;
        }

        if (Length == 0)
        {
            Free();
        }
        else
        {
            Move(_pool.Rent(Math.Min(2 * SmallRest, Math.Max(256, Length))));
        }
    }

    private void MakeRoom(int minimum)
    {
        var array = _array!;
        if (array.Length < _size || Length == array.Length)
        {
            Move(_pool.Rent(Math.Max(_size, checked(2 * Length))));
        }
        else if (_end == array.Length || minimum > array.Length - _start)
        {
            Move(array);
        }
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
            _pool.Return(array);
        }
    }

    /// <summary>The next block is as large as the last reads were: it grows when one fills it and shrinks after two small ones.</summary>
    private void AdaptSize()
    {
        if (_isFull || _array!.Length > _size)
        {
            _size = Math.Max(_array!.Length, Math.Min(_largest, 4 * _size));
            _smallReads = 0;
        }
        else if (_size > SmallBlock && _end < _size / 4)
        {
            if (++_smallReads > 1)
            {
                _size = Math.Max(SmallBlock, _size / 2);
                _smallReads = 0;
            }
        }
        else
        {
            _smallReads = 0;
        }
    }
}
