using System.Buffers;
using System.IO.Pipelines;

namespace FramedSockets.Framing;

/// <summary>
/// Who may use the output pipe, and what has been given to it: one holder at a time - a flush, a read batch or a large body
/// - while frames of others gather beside the pipe. It hands the turn on, and ends the pipe only when nobody uses it.
/// </summary>
/// <param name="output">The pipe.</param>
/// <param name="pool">Where frames beside the pipe are kept.</param>
/// <param name="queue">Asked, under the lock, to grant the first waiter's wish.</param>
/// <param name="listener">Told when the output fails.</param>
/// <remarks>Thread-safe: what is not said to be under the lock, which is this object itself, takes it.</remarks>
internal sealed class OutputTurn<THeader>(PipeWriter output, ArrayPool<byte> pool, OutputQueue<THeader> queue, IFailureListener listener)
    : FlushLoop(output), IBodyUser
{
    private PooledBufferWriter? _beside;
    private OutputWaiters<THeader>? _waiters;
    private OutputWaiters<THeader>? _flushers;
    private OutputFailure _failure;
    private OutputCount _count;
    private long _released;
    private bool _busy;
    private bool _inUse;
    private bool _ended;
    private bool _endsLater;

    public object Gate => this;

    /// <summary>Where frames beside the pipe are kept.</summary>
    public ArrayPool<byte> Pool => pool;

    /// <summary>Those who wait for room, for the turn or for the end. Under the lock, where it is made for the first.</summary>
    public OutputWaiters<THeader> Waiters => _waiters ??= new(Gate);

    /// <summary>Those who wait for what was queued before them. Under the lock, where it is made for the first.</summary>
    public OutputWaiters<THeader> Flushers => _flushers ??= new(Gate);

    /// <summary>Whether anybody waits for room, for the turn or for the end. Under the lock.</summary>
    public bool HasWaiters => _waiters is { IsEmpty: false };

    /// <summary>What is accounted for.</summary>
    public ref readonly OutputCount Count => ref _count;

    /// <summary>The bytes that were given to the pipe, or lie beside it, and have not left.</summary>
    public long Queued => _count.Queued + Released;

    /// <summary>Those that a batch released, which are accounted for when they have left.</summary>
    public long Released => Volatile.Read(ref _released);

    /// <summary>Whether somebody has the turn; a hint where it is asked outside the lock.</summary>
    public bool IsTaken => _busy;

    public bool HasFailed => _failure.Reason is not null;

    /// <summary>Fires when the output fails.</summary>
    public CancellationToken Failed => _failure.Token;

    /// <summary>Whether the output has ended or failed. Any thread.</summary>
    public bool IsOver => HasFailed || Volatile.Read(ref _ended);

    /// <summary>Whether the pipe is in use. Any thread.</summary>
    public bool IsInUse => Volatile.Read(ref _inUse);

    /// <summary>The bytes that the pipe is taking. Any thread.</summary>
    public long InFlight => _count.InFlight + Released;

    /// <summary>Whether others' frames lie beside the pipe; a hint where it is asked outside the lock.</summary>
    public bool HasBeside => _beside is { Length: > 0 };

    /// <summary>Where a frame of one who has not the turn goes. Under the lock.</summary>
    public IBufferWriter<byte> Target => _busy ? _beside ??= new(pool) : Output;

    /// <summary>Accounts for bytes that were written to the pipe or beside it. Under the lock.</summary>
    public void Add(long written) => _count.Add(written);

    /// <summary>Says of the last of them that they came by <c>Write</c>. Under the lock.</summary>
    public void NoteWritten(long bytes) => _count.NoteWritten(bytes);

    /// <summary>Whether nobody has the turn, and nobody waits for it. Under the lock.</summary>
    public bool IsFree => !_busy && !HasWaiters;

    /// <summary>Everything but a trailer leaves with the first bytes of a body, whose sender has or gets the turn. Under the lock.</summary>
    public void Begin(long trailer) => _ = _count.Begin(butLast: trailer);

    /// <summary>Takes the turn, which is free. Under the lock.</summary>
    public void Take() => _busy = true;

    /// <summary>Ends the turn of a holder that sent a frame's body, and all before it with it.</summary>
    /// <param name="trailer">The bytes written behind the body, which are next.</param>
    public void Release(long trailer)
    {
        lock (Gate)
        {
            _ = _count.Begin(butLast: (_beside?.Length ?? 0) + trailer, keepsWritten: true);
        }

        GoOn();
    }

    /// <summary>Takes the turn if nobody has it or waits for it, and the output is not about to end.</summary>
    public bool TryHold()
    {
        lock (Gate)
        {
            return !HasFailed && IsFree && !queue.IsCompleted && (_busy = _inUse = true);
        }
    }

    /// <summary>Ends the turn of a holder that wrote whole frames, which now leave: what it gathered is counted here before it is forgotten there.</summary>
    public void ReleaseHold(ref long gathered)
    {
        Volatile.Write(ref _released, gathered);
        Volatile.Write(ref gathered, 0);
        if (HasBeside)
        {
            lock (Gate)
            {
                _count.Add(_released);
                _released = 0;
            }
        }
        else if (_released > 0 && !HasFailed)
        {
            Run();
            return;
        }

        GoOn();
    }

    /// <summary>The holder of the turn begins to use the pipe outside the lock: it is not completed under its hands.</summary>
    public void Use(long length)
    {
        lock (Gate)
        {
            ThrowIfFailed();
            _inUse = true;
            _count.BeginUse(length);
        }
    }

    /// <summary>The pipe is no longer in use; ends it where that was put off.</summary>
    public void EndUse()
    {
        bool isEnd;
        lock (Gate)
        {
            if (!HasFailed)
            {
                _count.End(uncounted: 0);
                _flushers?.GrantUpTo(_count.Left);
            }

            isEnd = IsEndOfUse();
        }

        if (isEnd)
        {
            Complete(_failure.Reason);
        }
    }

    /// <summary>Sends what is queued, unless that is under way; never waits.</summary>
    public void Kick()
    {
        if (Queued == 0)
        {
            return;
        }

        lock (Gate)
        {
            if (_busy || Queued == 0 || HasFailed)
            {
                return;
            }

            _busy = _inUse = _count.Begin();
        }

        Run();
    }

    /// <summary>Whether the caller is to end the pipe: it has not ended, and nobody uses it who would end it then. Under the lock.</summary>
    public bool TryEnd() => !_ended && !(_endsLater = _inUse) && (_ended = true);

    /// <summary>Leaves the pipe to another framing, which ends it; false where it has ended, or is about to. Under the lock.</summary>
    public bool TryLetGo() => !_ended && (_ended = true);

    /// <summary>Ends the pipe, by who was told to, with the reason where there is one; what it throws is the reason otherwise.</summary>
    public ValueTask EndAsync() => CompleteAsync(_failure.Reason);

    /// <summary>Ends the output: everybody who waits, and everybody who comes, gets the first reason.</summary>
    public void Fail(FramedSocketException failure)
    {
        failure = listener.Decide(failure);
        lock (Gate)
        {
            if (!_failure.TrySet(failure))
            {
                return;
            }

            _beside?.Clear();
            _count.Forget();
            _waiters?.Refuse(failure);
            _flushers?.Refuse(failure);
        }

        listener.OnWriteFailed(failure);
    }

    void IBodyUser.Fail(FramedSocketException failure)
    {
        Fail(failure);
        listener.OnWriteFailed(failure); // where another has failed it just now, behind what is in the system's hands
    }

    /// <summary>Throws the reason that ended the output, if it has ended.</summary>
    public void ThrowIfFailed() => _failure.ThrowIfSet();

    protected override void FailFlush(FramedSocketException failure)
    {
        Fail(failure);
        EndUse();
    }

    /// <summary>Accounts for what has left, admits who waits, and says whether there is more to send. By the holder of the turn.</summary>
    protected override bool Next()
    {
        bool isEnd;
        lock (Gate)
        {
            if (!HasFailed)
            {
                _count.End(_released);
                _released = 0;
                _beside?.MoveTo(Output);
                _flushers?.GrantUpTo(_count.Left);
                var isHandedOn = _waiters is not null && _waiters.Grant(queue);
                if (!isHandedOn && (_busy = _count.Begin()))
                {
                    return _inUse = true;
                }
            }

            isEnd = IsEndOfUse();
        }

        if (isEnd)
        {
            Complete(_failure.Reason);
        }

        return false;
    }

    /// <summary>Ends the use of the pipe; says whether the pipe now ends with it. Under the lock.</summary>
    private bool IsEndOfUse()
    {
        _inUse = false;
        _released = 0;
        _count.EndUse();
        return _endsLater && !_ended && (_ended = true);
    }
}
