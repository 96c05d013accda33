namespace FramedSockets.Framing;

/// <summary>
/// The bytes of an output, from the moment they are accepted to the moment they have left. Changed under its owner's lock;
/// read by any thread.
/// </summary>
internal struct OutputCount
{
    private long _queued;
    private long _inFlight;
    private long _left;
    private long _used;
    private long _usedBefore;
    private long _writtenFrom;
    private long _writtenUpTo;

    /// <summary>The bytes that were accepted and have not left.</summary>
    public readonly long Queued => Volatile.Read(in _queued);

    /// <summary>All bytes that have left, without the large bodies that were never queued.</summary>
    public readonly long Left => Volatile.Read(in _left);

    /// <summary>The bytes that the pipe is taking.</summary>
    public readonly long InFlight => Volatile.Read(in _inFlight) + Volatile.Read(in _used);

    /// <summary>All bytes that the pipe ever took, parts of large bodies included.</summary>
    public readonly long Moved => Left + Volatile.Read(in _usedBefore);

    /// <summary>Whether anything that came by <c>Write</c> has not left.</summary>
    public readonly bool HasWritten => Volatile.Read(in _writtenUpTo) > Left;

    /// <summary>The bytes from the first to the last that came by <c>Write</c> and have not left. Under the lock.</summary>
    public readonly long Written => Math.Max(0, _writtenUpTo - Math.Max(_writtenFrom, _left));

    /// <summary>Accepts bytes.</summary>
    public void Add(long bytes) => _queued += bytes;

    /// <summary>Says that the last bytes came by <c>Write</c>.</summary>
    /// <param name="bytes">How many.</param>
    /// <param name="queued">All bytes that were accepted and have not left, with those that are not counted yet.</param>
    public void NoteWritten(long bytes, long queued)
    {
        var end = _left + queued;
        _writtenFrom = HasWritten ? _writtenFrom : end - bytes;
        Volatile.Write(ref _writtenUpTo, end);
    }

    /// <summary>Hands everything but the last bytes to the pipe; says whether that is anything.</summary>
    public bool Begin(long butLast = 0) => (_inFlight = Math.Max(0, _queued - butLast)) > 0;

    /// <summary>What the pipe was taking has left.</summary>
    /// <param name="uncounted">The bytes that left with it and were never counted as queued.</param>
    public void End(long uncounted)
    {
        _left += _inFlight + uncounted;
        _queued -= _inFlight;
        _inFlight = 0;
    }

    /// <summary>Hands bytes of a large body to the pipe, past the queue.</summary>
    public void BeginUse(long bytes) => _used = bytes;

    /// <summary>The large body's bytes have left.</summary>
    public void EndUse()
    {
        _usedBefore += _used;
        _used = 0;
    }

    /// <summary>Forgets what was accepted: it will never leave.</summary>
    public void Forget() => _queued = _inFlight = 0;
}
