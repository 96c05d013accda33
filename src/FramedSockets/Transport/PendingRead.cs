namespace FramedSockets.Transport;

/// <summary>
/// Who owns the outcome of the one operation in flight: nobody waits for it, a reader does, it has arrived unasked, or the
/// reader is gone. And how many use the block, so that the last gives it back: an operation in flight, and whoever has taken the
/// reader, until he leaves or begins another. Each method is one step; of two threads that meet, exactly one is told yes. Lock-free.
/// </summary>
internal struct PendingRead
{
    private const int Idle = 0;

    // How many use the block are the lowest bits. They are two while a wait is ended whose operation goes on.
    private const int InUse = 1;
    private const int InUseTwice = 2;
    private const int Users = 3;
    private const int Waiting = InUse + 4;
    private const int Arrived = 8;
    private const int Closed = 16;
    private int _state;

    /// <summary>What a reader finds that comes to wait.</summary>
    public enum Outcome : byte
    {
        /// <summary>It waits now.</summary>
        Waits,

        /// <summary>The operation has ended meanwhile.</summary>
        HasArrived,

        /// <summary>The reader was completed; it no longer uses the block.</summary>
        IsClosed,
    }

    /// <summary>A read begins, and uses the block; false where an earlier one has left its operation to be waited for.</summary>
    public bool TryBegin() => Interlocked.CompareExchange(ref _state, InUse, Idle) == Idle;

    /// <summary>The reader comes to wait for an operation, which alone uses the block until it has arrived.</summary>
    public Outcome Wait()
    {
        while (true)
        {
            var state = Interlocked.CompareExchange(ref _state, Waiting, InUse);
            if (state == InUse)
            {
                return Outcome.Waits;
            }

            if (state != Arrived)
            {
                return Outcome.IsClosed;
            }

            if (Interlocked.CompareExchange(ref _state, InUse, Arrived) == Arrived)
            {
                return Outcome.HasArrived;
            }
        }
    }

    /// <summary>
    /// Takes the reader from its wait and leaves the operation in flight; true for the one who now owes it a result, and uses the
    /// block until <see cref="TryLeave"/>.
    /// </summary>
    public bool TryTakeReader() => Interlocked.CompareExchange(ref _state, InUseTwice, Waiting) == Waiting;

    /// <summary>
    /// The operation has ended: true where a reader waits, to whom the caller now owes a result, and who uses the block until
    /// <see cref="TryLeave"/>. Otherwise it is kept for the next.
    /// </summary>
    /// <param name="isAbandoned">Whether the caller has to give the block back, since the reader is gone.</param>
    public bool TryArrive(out bool isAbandoned)
    {
        isAbandoned = false;
        while (true)
        {
            var state = Volatile.Read(ref _state);
            if (state >= Closed)
            {
                return TryLeave(out isAbandoned);
            }

            var next = state == Waiting ? InUse : state - InUse + Arrived;
            if (Interlocked.CompareExchange(ref _state, next, state) == state)
            {
                return state == Waiting;
            }
        }
    }

    /// <summary>The caller no longer uses the block; false where the reader was completed meanwhile.</summary>
    /// <param name="isAbandoned">Whether nobody else does either, so that the caller has to give it back.</param>
    public bool TryLeave(out bool isAbandoned)
    {
        var state = Interlocked.Decrement(ref _state);
        isAbandoned = state == Closed;
        return state < Closed;
    }

    /// <summary>The reader is gone; true where the block is still used: then the last who does gives it back.</summary>
    /// <param name="hasReader">Whether it waited, and is now owed that it ends.</param>
    public bool Close(out bool hasReader)
    {
        while (true)
        {
            var state = Volatile.Read(ref _state);
            hasReader = state == Waiting;
            var users = state & Users;
            if (Interlocked.CompareExchange(ref _state, Closed + users, state) == state)
            {
                return users > 0;
            }
        }
    }
}
