namespace FramedSockets.Transport;

/// <summary>
/// Whether putting off a connection's receives pays, which is learnt from those before: where bytes were not there yet, it costs a turn
/// of the thread pool, and where that had much else to do, it took long. Not to be copied.
/// </summary>
internal struct DeferralGain
{
    /// <summary>One of 64 waits is still tried where none has paid for long.</summary>
    private const int MostMisses = 6;

    /// <summary>As many milliseconds later, bytes would have come anyway.</summary>
    private const int Late = 100;

    private uint _since;
    private byte _misses;
    private byte _skipped;
    private bool _hops;

    /// <summary>Whether the next receive is put off: behind those in a row that did not pay, 1, 3, 7 and more are not.</summary>
    public bool TryDefer()
    {
        if (_skipped == 0)
        {
            return true;
        }

        _skipped--;
        return false;
    }

    /// <summary>A receive is put off.</summary>
    /// <param name="now">The time, in milliseconds.</param>
    /// <param name="isOnPool">Whether by a thread of the pool. Another may be the one that polls, which would have gone on itself, without a hop.</param>
    public void Begin(long now, bool isOnPool) => (_since, _hops) = ((uint)now, !isOnPool);

    /// <summary>Its turn has come.</summary>
    /// <param name="isAlone">Whether no other shares the turn, and the hop, if it takes one.</param>
    public void NoteTurn(bool isAlone) => _hops &= isAlone;

    /// <summary>Says whether bytes were there when a receive that was put off began.</summary>
    /// <param name="wereThere">Whether they were.</param>
    /// <param name="now">The time, in milliseconds.</param>
    public void End(bool wereThere, long now)
    {
        _misses = (byte)(wereThere && !_hops && (uint)now - _since < Late ? 0 : Math.Min(_misses + 1, MostMisses));
        _skipped = (byte)((1 << _misses) - 1);
    }
}
