using System.Buffers;

namespace FramedSockets.Transport;

/// <summary>
/// What one connection has received, and when it rents the block for more: only once bytes are known to wait, unless they keep
/// coming quickly.
/// </summary>
internal sealed class ReceiveBuffer(ArrayPool<byte> pool, int largest)
{
    /// <summary>The block of a connection with little traffic; while bytes come quickly, it is kept through a wait.</summary>
    private const int SmallBlock = 4096;

    /// <summary>How many times in a row bytes have to come quickly: a few frames at the beginning are no traffic.</summary>
    private const int ManyTimes = 8;

    private ReceiveBlock _block = new(pool, SmallBlock, largest);
    private bool _isProbe;
    private bool _isFull;
    private bool _isReady;
    private bool _isReceiving;
    private byte _quick;

    /// <inheritdoc cref="ReceiveBlock.Capacity"/>
    public int Capacity => _block.Capacity;

    /// <inheritdoc cref="ReceiveBlock.Length"/>
    public int Length => _block.Length;

    /// <inheritdoc cref="ReceiveBlock.HasUnexamined"/>
    public bool HasUnexamined => _block.HasUnexamined;

    /// <inheritdoc cref="ReceiveBlock.Lend"/>
    public ReadOnlySequence<byte> Lend() => _block.Lend();

    /// <summary>Takes back what was lent. A receive that a cancelled read left in flight keeps its place.</summary>
    public void Advance(SequencePosition consumed, SequencePosition examined)
    {
        if (!_block.Advance(consumed, examined) || _isReceiving)
        {
            return;
        }

        if (_isFull)
        {
            _block.Rewind();
        }
        else
        {
            _block.Free();
        }
    }

    /// <summary>
    /// Where the next receive goes. Empty memory is a probe: it waits for bytes without owning a buffer for them.
    /// </summary>
    public Memory<byte> GetRoom(int minimum)
    {
        _isProbe = !_isReady && !_isFull && _block.HasSmallRest && !(_quick >= ManyTimes && _block.IsSmall);
        if (_isProbe)
        {
            _block.Shrink();
            return default;
        }

        _isReceiving = true;
        return _block.GetRoom(minimum);
    }

    /// <summary>Takes the result of a receive; false at the end of the stream.</summary>
    /// <param name="count">The bytes received.</param>
    /// <param name="isQuick">Whether it did not wait long; the receive behind a probe waits for nothing, so it does not count.</param>
    public bool Commit(int count, bool isQuick)
    {
        if (!_isReady)
        {
            _quick = isQuick ? (byte)Math.Min(_quick + 1, ManyTimes) : (byte)0;
        }

        if (_isProbe)
        {
            _isReady = true;
            return true;
        }

        _isReady = false;
        _isReceiving = false;
        _isFull = _block.Commit(count);
        return count > 0;
    }

    /// <inheritdoc cref="ReceiveBlock.Free"/>
    public void Free() => _block.Free();
}
