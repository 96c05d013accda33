namespace FramedSockets.Transport;

/// <summary>
/// When a connection rents the block that it receives into: only once bytes are known to wait, unless they keep coming quickly.
/// Not to be copied.
/// </summary>
internal struct ReceiveProbe
{
    /// <summary>The block of a connection with little traffic; while bytes come quickly, it is there through a wait.</summary>
    public const int SmallBlock = 4096;

    /// <summary>How many times in a row bytes have to come quickly: a few frames at the beginning are no traffic.</summary>
    private const int ManyTimes = 8;

    // How soon, in milliseconds, bytes come that are worth keeping a small block for, and those that are worth keeping it on. They
    // are apart, or connections that all wait about as long would take and leave more blocks than any pool keeps.
    private const int Soon = 20;
    private const int SoonAgain = 100;

    private bool _isProbe;
    private bool _isFull;
    private bool _isReady;
    private bool _isReceiving;
    private byte _quick;

    /// <summary>Whether more is likely to wait, since the last receive filled its room; who knows that there is not, says so.</summary>
    public bool ExpectsMore
    {
        readonly get => _isFull;
        set => _isFull = value;
    }

    private readonly bool IsQuick => _quick == ManyTimes;

    /// <summary>Whether no bytes are known to wait, but some are likely to come soon, and not so many that copying them is all that tells.</summary>
    public readonly bool MayDefer(in ReceiveBlock block) => IsQuick && !_isReady && !_isFull && !block.IsLarge;

    /// <summary>
    /// Where the next receive goes. Empty memory is a probe: it waits for bytes without owning a block for them.
    /// </summary>
    public Memory<byte> GetRoom(ref ReceiveBlock block, int minimum)
    {
        _isProbe = !_isReady && !_isFull && block.HasSmallRest && !(IsQuick && block.IsSmall);
        if (_isProbe)
        {
            block.Shrink();
            return default;
        }

        _isReceiving = true;
        return block.GetRoom(minimum);
    }

    /// <summary>Takes the result of a receive; false at the end of the stream.</summary>
    /// <param name="block">Where it went.</param>
    /// <param name="count">The bytes received.</param>
    /// <param name="waited">How long it took, in milliseconds; the receive behind a probe waits for nothing, so it does not count.</param>
    public bool Commit(ref ReceiveBlock block, int count, long waited)
    {
        if (!_isReady)
        {
            _quick = (byte)(waited < (IsQuick ? SoonAgain : Soon) ? Math.Min(_quick + 1, ManyTimes) : 0);
        }

        if (_isProbe)
        {
            _isReady = true;
            return true;
        }

        _isReady = false;
        _isReceiving = false;
        _isFull = block.Commit(count);
        return count > 0;
    }

    /// <summary>
    /// All is consumed: gives the block back, but not under a receive that a cancelled read left in flight, nor where the next one is waited
    /// for with it: many that took and left a small block by turns would be more than the pool keeps.
    /// </summary>
    public readonly void Release(ref ReceiveBlock block)
    {
        if (_isReceiving)
        {
            return;
        }

        if (_isFull || (IsQuick && block.IsSmall))
        {
            block.Rewind();
        }
        else
        {
            block.Free();
        }
    }
}
