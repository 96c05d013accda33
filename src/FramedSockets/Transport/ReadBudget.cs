namespace FramedSockets.Transport;

/// <summary>How much a connection receives in a row before others get the thread: one busy peer must not starve the rest.</summary>
internal struct ReadBudget
{
    private const int MostReads = 8;
    private const int MostBytes = 256 * 1024;
    private int _reads;
    private int _bytes;

    /// <summary>Whether it is the others' turn.</summary>
    public readonly bool IsSpent => _reads >= MostReads || _bytes >= MostBytes;

    public void Spend(int bytes)
    {
        _reads++;
        _bytes += bytes;
    }

    public void Reset() => _reads = _bytes = 0;
}
