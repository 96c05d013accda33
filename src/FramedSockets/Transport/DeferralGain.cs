namespace FramedSockets.Transport;

/// <summary>
/// Whether putting off a connection's receives pays, which is learnt from those before: where bytes were not there yet, it costs a turn
/// of the thread pool. Not to be copied.
/// </summary>
internal struct DeferralGain
{
    /// <summary>One of 64 waits is still tried where none has paid for long.</summary>
    private const int MostMisses = 6;

    private byte _misses;
    private byte _skipped;

    /// <summary>Whether the next receive is put off: after each that did not pay, twice as many are not, less one.</summary>
    public bool TryDefer()
    {
        if (_skipped == 0)
        {
            return true;
        }

        _skipped--;
        return false;
    }

    /// <summary>Says whether bytes were there when a receive that was put off began.</summary>
    public void Report(bool wereThere)
    {
        _misses = (byte)(wereThere ? 0 : Math.Min(_misses + 1, MostMisses));
        _skipped = (byte)((1 << _misses) - 1);
    }
}
