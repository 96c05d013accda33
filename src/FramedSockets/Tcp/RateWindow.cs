namespace FramedSockets.Tcp;

/// <summary>
/// Whether bytes move quickly enough: counted over one window of time after the other, so that what was quick at first does
/// not make up for a halt later.
/// </summary>
internal struct RateWindow
{
    private TimeSpan _lasted;
    private long _start;
    private bool _isOpen;

    /// <summary>How long the window has lasted.</summary>
    public readonly TimeSpan Lasted => _lasted;

    /// <summary>Nothing has to move now.</summary>
    public void Close() => this = default;

    /// <summary>Bytes have to move; says whether too few did in a window that is now over.</summary>
    /// <param name="total">All bytes that ever moved.</param>
    /// <param name="elapsed">The time since the last look; it does not count at the first look of a window.</param>
    /// <param name="rate">Bytes a second; 0 for any.</param>
    /// <param name="length">The length of a window.</param>
    /// <param name="moved">The bytes of the window.</param>
    public bool IsTooSlow(long total, TimeSpan elapsed, int rate, TimeSpan length, out long moved)
    {
        if (!_isOpen)
        {
            this = new() { _isOpen = true, _start = total };
        }
        else
        {
            _lasted += elapsed;
        }

        moved = total - _start;
        if (_lasted < length || _lasted == TimeSpan.Zero)
        {
            return false;
        }

        if (moved < rate * _lasted.TotalSeconds)
        {
            return true;
        }

        this = new() { _isOpen = true, _start = total };
        return false;
    }
}
