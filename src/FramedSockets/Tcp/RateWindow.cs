namespace FramedSockets.Tcp;

/// <summary>
/// Whether bytes move quickly enough: counted over one window of time after the other, so that what was quick at first does
/// not make up for a halt later.
/// </summary>
internal struct RateWindow
{
    private long _start;

    /// <summary>One tick more than the window has lasted; none while it is closed.</summary>
    private long _ticks;

    /// <summary>How long the window has lasted.</summary>
    public readonly TimeSpan Lasted => TimeSpan.FromTicks(_ticks - 1);

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
        if (_ticks == 0)
        {
            Open(total);
        }
        else
        {
            _ticks += elapsed.Ticks;
        }

        moved = total - _start;
        if (Lasted < length || Lasted == TimeSpan.Zero)
        {
            return false;
        }

        if (moved < rate * Lasted.TotalSeconds)
        {
            return true;
        }

        Open(total);
        return false;
    }

    private void Open(long total) => (_start, _ticks) = (total, 1);
}
