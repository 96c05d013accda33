namespace FramedSockets.Linux;

/// <summary>
/// Whether a descriptor may be ready in one direction, between one who makes calls and the loop that hears of it. An edge
/// is reported once, so the order is: "not ready", said by <see cref="Clear"/> or by the <see cref="Signal"/> that resumed a wait;
/// the call; and only if it would block, <see cref="TryWait"/>, which fails when an edge came in between. Lock-free.
/// </summary>
internal struct Readiness
{
    private const int NotReady = 0;
    private const int Ready = 1;
    private const int Waiting = 2;
    private int _state;

    /// <summary>Whether a call is worth trying.</summary>
    public readonly bool IsReady => Volatile.Read(in _state) == Ready;

    /// <summary>Says "not ready" before the call that will find out. By the caller, who does not wait.</summary>
    public void Clear() => Interlocked.Exchange(ref _state, NotReady);

    /// <summary>Says that more may be there. By the caller, who does not wait.</summary>
    public void Keep() => Volatile.Write(ref _state, Ready);

    /// <summary>Waits from now on; false when the descriptor has become ready.</summary>
    public bool TryWait() => Interlocked.CompareExchange(ref _state, Waiting, NotReady) == NotReady;

    /// <summary>Takes who waits from the wait, with nothing ready; true for the one who now owes him an outcome.</summary>
    public bool TryTake() => Interlocked.CompareExchange(ref _state, NotReady, Waiting) == Waiting;

    /// <summary>
    /// The descriptor is ready. True where somebody waited, whom the caller now has to resume: he makes a call, and "not ready" is
    /// said for it already. Otherwise it is remembered.
    /// </summary>
    public bool Signal()
    {
        while (Interlocked.CompareExchange(ref _state, NotReady, Waiting) != Waiting)
        {
            if (Interlocked.CompareExchange(ref _state, Ready, NotReady) != Waiting)
            {
                return false;
            }
        }

        return true;
    }
}
