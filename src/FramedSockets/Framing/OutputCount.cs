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
    private long _written;
    private long _writtenInFlight;

    /// <summary>The bytes that were accepted and have not left.</summary>
    public readonly long Queued => Volatile.Read(in _queued);

    /// <summary>All bytes that have left, without the large bodies that were never queued.</summary>
    public readonly long Left => Volatile.Read(in _left);

    /// <summary>The bytes that the pipe is taking.</summary>
    public readonly long InFlight => Volatile.Read(in _inFlight) + Volatile.Read(in _used);

    /// <summary>All bytes that the pipe ever took, parts of large bodies included.</summary>
    public readonly long Moved => Left + Volatile.Read(in _usedBefore);

    /// <summary>The bytes that came by <c>Write</c> and have not left.</summary>
    public readonly long Written => Volatile.Read(in _written) + Volatile.Read(in _writtenInFlight);

    /// <summary>Accepts bytes.</summary>
    public void Add(long bytes) => _queued += bytes;

    /// <summary>Says of the last bytes that were accepted that they came by <c>Write</c>.</summary>
    public void NoteWritten(long bytes) => _written += bytes;

    /// <summary>Hands everything but the last bytes to the pipe; says whether that is anything.</summary>
    /// <param name="butLast">How many stay.</param>
    /// <param name="keepsWritten">Whether what came by <c>Write</c> is among them.</param>
    public bool Begin(long butLast = 0, bool keepsWritten = false)
    {
        if (!keepsWritten)
        {
            _writtenInFlight += _written;
            Volatile.Write(ref _written, 0);
        }

        return (_inFlight = Math.Max(0, _queued - butLast)) > 0;
    }

    /// <summary>What the pipe was taking has left.</summary>
    /// <param name="uncounted">The bytes that left with it and were never counted as queued.</param>
    public void End(long uncounted)
    {
        _left += _inFlight + uncounted;
        _queued -= _inFlight;
        _inFlight = _writtenInFlight = 0;
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
    public void Forget() => _queued = _inFlight = _written = _writtenInFlight = 0;
}
