namespace FramedSockets.Framing;

/// <summary>
/// Lets one reader in at a time, and lets a disposal wait until that reader has left, so that no buffer is given back under
/// a read.
/// </summary>
internal sealed class ReadGate
{
    private const int Idle = 0;
    private const int Reading = 1;
    private const int Closed = 2;
    private const int ClosedOnReader = 3;
    private int _state;
    private int _taker;
    private TaskCompletionSource? _left;

    /// <summary>Ends when the reader that <see cref="Close"/> met has left.</summary>
    public Task Left => _left!.Task;

    /// <summary>Whether a reader is inside.</summary>
    public bool IsReading => Volatile.Read(ref _state) == Reading;

    public bool IsClosed => Volatile.Read(ref _state) >= Closed;

    /// <exception cref="InvalidOperationException">Another call is reading.</exception>
    /// <exception cref="ObjectDisposedException">The gate was closed.</exception>
    public void Enter(object owner)
    {
        var state = Interlocked.CompareExchange(ref _state, Reading, Idle);
        if (state != Idle)
        {
            ObjectDisposedException.ThrowIf(state >= Closed, owner);
            throw new InvalidOperationException("Another call is reading from this connection: it has one reader at a time.");
        }
    }

    /// <summary>
    /// Lets the reader take what is there, until <see cref="EndTake"/>; <see langword="false"/> when the gate was closed. Every
    /// frame passes here, so it costs no barrier: whoever closes the gate pays for one of the whole process.
    /// </summary>
    public bool TryBeginTake()
    {
        Volatile.Write(ref _taker, Environment.CurrentManagedThreadId);
        if (!IsClosed)
        {
            return true;
        }

        EndTake();
        return false;
    }

    public void EndTake() => Volatile.Write(ref _taker, 0);

    /// <summary>The reader leaves; <see langword="false"/> when the gate was closed behind it, and it must touch nothing any more.</summary>
    public bool Exit()
    {
        if (Interlocked.CompareExchange(ref _state, Idle, Reading) == Reading)
        {
            return true;
        }

        _left!.SetResult();
        return false;
    }

    /// <summary>
    /// Lets nobody in any more, and waits for a frame that is just being taken; <see langword="false"/> when a reader is inside,
    /// or was when it was closed first.
    /// </summary>
    /// <param name="isOver">Whether there is nothing to take any more, so that nobody has to be waited for.</param>
    public bool Close(bool isOver)
    {
        var state = Volatile.Read(ref _state);
        while (state < Closed)
        {
            if (state == Reading)
            {
                // Before the gate is closed: the reader that leaves then finds it.
                _ = Interlocked.CompareExchange(ref _left, new(TaskCreationOptions.RunContinuationsAsynchronously), null);
            }

            var closed = state == Reading ? ClosedOnReader : Closed;
            var before = Interlocked.CompareExchange(ref _state, closed, state);
            state = before == state ? closed : before;
        }

        if (!isOver)
        {
            AwaitTaker();
        }

        return state == Closed;
    }

    /// <summary>
    /// Either who takes sees from now on that the gate is closed, or this sees him. Taking never waits, so it is over soon; the
    /// barrier interrupts every core that runs this process.
    /// </summary>
    private void AwaitTaker()
    {
        Interlocked.MemoryBarrierProcessWide();
        var wait = default(SpinWait);
        while (Volatile.Read(ref _taker) is var taker && taker != 0 && taker != Environment.CurrentManagedThreadId)
        {
            wait.SpinOnce();
        }
    }
}
