namespace FramedSockets.Framing;

/// <summary>Who has a <see cref="FlushLoop"/> run, and hears of what came of it.</summary>
internal interface IFlushOwner
{
    /// <summary>Called after each flush: whether to flush again.</summary>
    bool Next();

    /// <summary>Called with the reason when a flush fails, or the peer takes no more.</summary>
    void FailFlush(FramedSocketException failure);
}
