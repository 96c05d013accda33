using FramedSockets.Transport;

namespace FramedSockets.Linux;

/// <summary>Reads what the loop says is there. It owns a block only while bytes are in it.</summary>
/// <remarks>As every pipe reader: one caller at a time, but <see cref="DirectPipeReader.Wake"/> from any thread.</remarks>
internal sealed class LinuxPipeReader(ConnectedSocket socket, SocketTransportOptions options)
    : DirectPipeReader(new(options.Pool, Math.Min(SmallBlock, options.ReceiveBufferLength), options.ReceiveBufferLength)), IThreadPoolWorkItem
{
    /// <summary>The connections of a loop take turns with the same few blocks, so they need not be small.</summary>
    private const int SmallBlock = 64 * 1024;

    private const int Unused = 0;
    private const int Reading = 1;
    private const int Abandoned = 2;

    private Readiness _readiness;
    private ReadBudget _budget;
    private int _use;
    private long _received;
    private volatile bool _comesInParts;
    private bool _hasReceived;
    private FramedSocketException? _failure;
    private bool _isAtEnd;

    public override bool IsAtEnd => _isAtEnd;

    /// <summary>All bytes received. Any thread.</summary>
    public long Received => Volatile.Read(ref _received);

    private bool HasOutcome => HasResult || IsCancelled;

    private bool HasResult => IsAtEnd || _failure is not null || socket.IsClosed || HasEnough;

    private bool IsToEnd => HasOutcome || IsTokenCancelled || Volatile.Read(ref _use) != Reading;

    /// <summary>Bytes, the end of the stream or an error are there. On the loop's thread.</summary>
    /// <param name="isPart">
    /// Whether a receive may stop before it has taken all there is, and there is no further event: at the end or an error, or at TCP's
    /// urgent byte.
    /// </param>
    public void OnReadable(bool isPart)
    {
        if (isPart)
        {
            _comesInParts = true;
        }

        if (_readiness.Signal())
        {
            socket.Run(this);
        }
    }

    /// <summary>Goes on after an event, after letting others go first, or behind the receives of others.</summary>
    void IThreadPoolWorkItem.Execute()
    {
        if (!_hasReceived)
        {
            _budget.Reset();
            if (!Pull(isResumed: true))
            {
                return;
            }

            // What is long would not stay in the cache meanwhile, and a long block is not held for its sake.
            _hasReceived = Block.HasSmallRest && Block.Capacity <= SmallBlock && socket.TryRunBehindReceives(this);
            if (_hasReceived)
            {
                return;
            }
        }

        _hasReceived = false;
        Deliver(null, isElsewhere: false);
    }

    protected override bool Begin()
    {
        Volatile.Write(ref _use, Reading);
        return Pull(isResumed: false);
    }

    protected override void EndWait(Exception? reason)
    {
        if (!_readiness.TryTake())
        {
            return;
        }

        if (reason is null && !IsToEnd)
        {
            // An earlier read has seen what it was woken for; this one waits on.
            if (Pull(isResumed: false))
            {
                Deliver(null, isElsewhere: true);
            }

            return;
        }

        Deliver(TryReceiveLast() ? null : reason, isElsewhere: true);
    }

    protected override Exception? End(Exception? reason) =>
        Leave() ?? reason ?? (socket.IsClosed && !IsAtEnd ? SocketFailure.Aborted() : _failure ?? (Exception?)GetCancellation());

    protected override void Close()
    {
        if (Interlocked.CompareExchange(ref _use, Abandoned, Reading) == Reading)
        {
            // Whoever is reading still uses the block, and gives it back.
            EndWait(SocketFailure.Aborted());
        }
        else
        {
            Block.Free();
        }
    }

    /// <summary>Receives until there is an outcome (true), or until the reader waits or lets others go first (false).</summary>
    /// <param name="isResumed">Whether something was reported that no receive has looked for yet.</param>
    private bool Pull(bool isResumed)
    {
        try
        {
            // A cancelled read ends behind what was reported: that has arrived before.
            while (!(isResumed ? HasResult : HasOutcome))
            {
                if (!isResumed && !_readiness.IsReady)
                {
                    Block.Shrink();
                    if (_readiness.TryWait())
                    {
                        // What came just before, to end the wait, saw nobody waiting.
                        if (!IsToEnd || !_readiness.TryTake())
                        {
                            return false;
                        }

                        if (IsToEnd)
                        {
                            _ = TryReceiveLast();
                            return true;
                        }

                        // It was an earlier wait that ended so; this one waits on.
                        continue;
                    }
                }

                if (_budget.IsSpent)
                {
                    _budget.Reset();
                    socket.RunLater(this);
                    return false;
                }

                if (_readiness.IsReady)
                {
                    _readiness.Clear();
                }

                isResumed = false;
                Receive();
            }

            if (isResumed)
            {
                _readiness.Keep();
            }
        }
        catch (Exception e)
        {
            Fail(e);
        }

        return true;
    }

    /// <summary>Looks at the socket before a wait ends: bytes may be there of which the event is still on its way. Says whether they are enough.</summary>
    private bool TryReceiveLast()
    {
        if (HasResult || Volatile.Read(ref _use) != Reading)
        {
            return false;
        }

        try
        {
            Receive();
        }
        catch (Exception e)
        {
            Fail(e);
        }

        return HasEnough;
    }

    private void Receive()
    {
        var count = socket.Receive(Block.GetRoom(Minimum).Span);
        _budget.Spend(Math.Max(count, 0));
        if (count > 0)
        {
            Volatile.Write(ref _received, _received + count);
            if (Block.Commit(count) || _comesInParts || !socket.IsEmptyAfterShortReceive)
            {
                _readiness.Keep();
            }

            return;
        }

        if (Block.Length == 0)
        {
            Block.Free();
        }

        if (count == 0)
        {
            _failure = socket.FindReset();
            _isAtEnd = _failure is null;
        }
        else if (count != -Errno.TryAgain)
        {
            _failure = socket.Fail(-count);
        }
    }

    /// <summary>The pool has no memory; thrown on the loop, where nobody waits, the reader would never hear of it.</summary>
    private void Fail(Exception e) => _failure ??= new(FramedSocketError.TransportFailed, $"Receiving failed with {e.GetType().Name}.", e);

    /// <summary>The reader no longer uses the block. It says if nobody else does either.</summary>
    private FramedSocketException? Leave()
    {
        if (Interlocked.CompareExchange(ref _use, Unused, Reading) == Reading)
        {
            return null;
        }

        Block.Free();
        return SocketFailure.Aborted();
    }
}
