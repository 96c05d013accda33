namespace FramedSockets.Framing;

/// <summary>
/// Lets one reader in at a time, and lets a disposal wait until that reader has left, so that no buffer is given back under
/// a read. Whoever reads learns here that reading was cut, the reader of a body that only now begins included.
/// </summary>
/// <param name="owner">What who comes too late is told was closed.</param>
internal sealed class ReadGate(Type owner)
{
    private const int Idle = 0;
    private const int Reading = 1;
    private const int Closed = 2;
    private const int ClosedOnReader = 3;
    private int _state;
    private bool _isTaking;
    private TaskCompletionSource? _left;
    private FramedSocketException? _cutReason;
    private volatile bool _isCut;

    /// <summary>Ends when the reader that <see cref="Close"/> met has left.</summary>
    public Task Left => _left!.Task;

    /// <summary>Whether a reader is inside.</summary>
    public bool IsReading => Volatile.Read(ref _state) == Reading;

    public bool IsClosed => Volatile.Read(ref _state) >= Closed;

    /// <summary>Whether it was closed because another reads on.</summary>
    public bool IsHandedOn { get; private set; }

    /// <summary>Whether reading is to end now.</summary>
    public bool IsCut => _isCut;

    /// <summary>Why; <see langword="null"/> where this side disposes.</summary>
    public FramedSocketException? CutReason => Volatile.Read(ref _cutReason);

    /// <summary>Reading is to end now, for the first reason that is given, if any. Any thread.</summary>
    public void Cut(FramedSocketException? reason)
    {
        _ = Interlocked.CompareExchange(ref _cutReason, reason, null);
        _isCut = true;
    }

    /// <exception cref="InvalidOperationException">Another call is reading.</exception>
    /// <exception cref="ObjectDisposedException">The gate was closed.</exception>
    public void Enter()
    {
        var state = Interlocked.CompareExchange(ref _state, Reading, Idle);
        if (state != Idle)
        {
            throw state >= Closed ? WhyClosed() : new InvalidOperationException("Another call is reading: there is one reader at a time.");
        }
    }

    /// <summary>
    /// Lets the reader take what is there, until <see cref="EndTake"/>; <see langword="false"/> when the gate was closed. Every
    /// frame passes here, so it costs no barrier: whoever closes the gate pays for one of the whole process, in
    /// <see cref="AwaitTakeAsync"/>.
    /// </summary>
    public bool TryBeginTake()
    {
        Volatile.Write(ref _isTaking, true);
        if (!IsClosed)
        {
            return true;
        }

        EndTake();
        return false;
    }

    public void EndTake() => Volatile.Write(ref _isTaking, false);

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

    /// <summary>Lets nobody in any more; <see langword="false"/> when a reader is inside, or was when it was closed first.</summary>
    public bool Close()
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

        return state == Closed;
    }

    /// <summary>Lets nobody in any more, by the reader who is inside: another reads on.</summary>
    public void HandOn()
    {
        IsHandedOn = true;
        _ = Close();
    }

    /// <summary>
    /// Ends when the frame is taken that was just being taken when the gate was closed: either who takes sees that it is closed,
    /// or this sees him. Taking never waits, so it is over soon; the barrier interrupts every core that runs this process.
    /// </summary>
    public async ValueTask AwaitTakeAsync()
    {
        Interlocked.MemoryBarrierProcessWide();
        while (Volatile.Read(ref _isTaking))
        {
            // Not by spinning: a codec that disposes its connection would wait for itself.
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        }
    }

    private ObjectDisposedException WhyClosed() => IsHandedOn
        ? new(owner.FullName, "The stream was handed on to another framing, which reads on from there.")
        : new(owner.FullName);
}
