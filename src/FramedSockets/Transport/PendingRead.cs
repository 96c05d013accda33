namespace FramedSockets.Transport;

/// <summary>
/// Who owns the outcome of the one operation in flight: nobody waits for it, a reader does, it has arrived unasked, or the
/// reader is gone. Each method is one step of that; of two threads that meet, exactly one is told yes. Lock-free.
/// </summary>
internal struct PendingRead
{
    private const int Idle = 0;
    private const int InFlight = 1;
    private const int Waiting = 2;
    private const int Arrived = 3;
    private const int Closed = 4;
    private int _state;

    /// <summary>What a reader finds that comes to wait.</summary>
    public enum Outcome : byte
    {
        /// <summary>It waits now.</summary>
        Waits,

        /// <summary>The operation has ended meanwhile.</summary>
        HasArrived,

        /// <summary>The reader was completed.</summary>
        IsClosed,
    }

    /// <summary>Whether no operation is in flight.</summary>
    public bool IsIdle => Volatile.Read(ref _state) == Idle;

    /// <summary>An operation begins. Called before it does: it may end at once, elsewhere.</summary>
    public void Begin() => Volatile.Write(ref _state, InFlight);

    /// <summary>The operation ended before anybody could wait; false when the reader was completed meanwhile.</summary>
    public bool TryEndAtOnce() => Interlocked.CompareExchange(ref _state, Idle, InFlight) == InFlight;

    /// <summary>The reader comes to wait.</summary>
    public Outcome Wait()
    {
        switch (Interlocked.CompareExchange(ref _state, Waiting, InFlight))
        {
            case InFlight:
                return Outcome.Waits;
            case Arrived:
                Volatile.Write(ref _state, Idle);
                return Outcome.HasArrived;
            default:
                return Outcome.IsClosed;
        }
    }

    /// <summary>Takes the reader from its wait and leaves the operation in flight; true for the one who now owes it a result.</summary>
    public bool TryTakeReader() => Interlocked.CompareExchange(ref _state, InFlight, Waiting) == Waiting;

    /// <summary>The operation has ended: true where a reader waits, who is now owed a result; otherwise it is kept for the next.</summary>
    public bool TryArrive(out bool isClosed)
    {
        isClosed = false;
        while (true)
        {
            if (Interlocked.CompareExchange(ref _state, Idle, Waiting) == Waiting)
            {
                return true;
            }

            var state = Interlocked.CompareExchange(ref _state, Arrived, InFlight);
            if (state != Waiting)
            {
                isClosed = state == Closed;
                return false;
            }
        }
    }

    /// <summary>The reader is gone; true where an operation is still in flight, which then owns the buffer.</summary>
    /// <param name="hasReader">Whether it waited, and is now owed that it ends.</param>
    public bool Close(out bool hasReader)
    {
        var state = Interlocked.Exchange(ref _state, Closed);
        hasReader = state == Waiting;
        return hasReader || state == InFlight;
    }
}
