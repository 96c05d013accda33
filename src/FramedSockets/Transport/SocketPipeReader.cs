using System.Net.Sockets;

namespace FramedSockets.Transport;

/// <summary>
/// Reads from a <see cref="Socket"/>. An idle connection waits without a buffer; a busy one reads into one contiguous block,
/// which grows with what arrives and not with what is declared.
/// </summary>
/// <remarks>A cancelled wait leaves the socket's operation in flight; the next read takes up its result, so nothing is lost.</remarks>
internal sealed class SocketPipeReader : DirectPipeReader, IDeferredReceive, ISocketOperationOwner, IDisposable
{
    private readonly SocketReceive _receive;
    private PendingRead _pending;
    private ReadBudget _budget;
    private DeferralGain _gain;
    private bool _isDeferred;
    private bool _wasDeferred;

    public SocketPipeReader(Socket socket, SocketTransportOptions options)
        : base(new(options.Pool, ReceiveProbe.SmallBlock, options.ReceiveBufferLength)) => _receive = new(socket, this);

    public override bool IsAtEnd => _receive.IsAtEnd;

    private bool IsToEnd => IsCancelled || IsTokenCancelled;

    /// <summary>All bytes received. Any thread.</summary>
    public long Received => _receive.Received;

    /// <inheritdoc cref="SocketReceive.LowerMark"/>
    public void LowerMark() => _receive.LowerMark();

    public void Dispose() => _receive.Dispose();

    void IDeferredReceive.Begin(bool isAlone)
    {
        _gain.NoteTurn(isAlone);
        OnArrived();
    }

    void ISocketOperationOwner.OnOperationCompleted() => OnArrived();

    protected override void OnConsumed() => _receive.Release(ref Block);

    protected override bool Begin() => Pull(isPending: !_pending.TryBegin());

    protected override void EndWait(Exception? reason)
    {
        // One whose bytes are there, of which the event is still on its way, or whose receive was put off, ends with them.
        if (_receive.HasArrived || !_pending.TryTakeReader())
        {
            return;
        }

        if (reason is null && !IsToEnd)
        {
            // An earlier read has seen what it was woken for; this one waits on.
            _ = Leave();
            if (!Pull(isPending: true))
            {
                return;
            }
        }

        Deliver(reason, isElsewhere: true);
    }

    protected override Exception? End(Exception? reason)
    {
        var failure = reason ?? _receive.Failure ?? (Exception?)GetCancellation();
        return Leave() ? failure : SocketFailure.Aborted();
    }

    protected override void Close()
    {
        if (!_pending.Close(out var hasReader))
        {
            // Otherwise the operation in flight may still write to it, or its result is being taken: there it is given back.
            Block.Free();
        }

        if (hasReader)
        {
            DeliverNothing(SocketFailure.Aborted());
        }
    }

    /// <summary>Receives until there is a result (true), or until the reader has to wait or was completed (false).</summary>
    /// <param name="isPending">Whether an operation is in flight already.</param>
    private bool Pull(bool isPending)
    {
        while (true)
        {
            if (isPending || Start())
            {
                switch (_pending.Wait())
                {
                    case PendingRead.Outcome.Waits:
                        // A cancellation that came just before saw nobody waiting.
                        if (!IsToEnd || !_pending.TryTakeReader())
                        {
                            return false;
                        }

                        if (IsToEnd)
                        {
                            return true;
                        }

                        // It was an earlier wait that was cancelled; this one waits on.
                        _ = Leave();
                        isPending = true;
                        continue;
                    case PendingRead.Outcome.IsClosed:
                        DeliverNothing(SocketFailure.Aborted());
                        return false;
                    default:
                        break;
                }
            }

            if (Take())
            {
                return true;
            }

            isPending = false;
        }
    }

    /// <summary>Starts the next operation; false when there is none to wait for.</summary>
    private bool Start()
    {
        if (_receive.IsOver)
        {
            return false;
        }

        if (!_wasDeferred && !IsCancelled && (_budget.IsSpent || (_receive.MayDefer(Block) && _gain.TryDefer())))
        {
            _isDeferred = true;
            _gain.Begin(Environment.TickCount64, Thread.CurrentThread.IsThreadPoolThread);
            DeferredReceives.Add(this);
            return true;
        }

        var isPending = _receive.Begin(ref Block, Minimum);
        if (_wasDeferred)
        {
            _wasDeferred = false;
            _gain.End(wereThere: !isPending, Environment.TickCount64);
            if (!isPending)
            {
                _receive.NoteFound();
            }
        }

        return isPending;
    }

    /// <summary>Takes what the operation brought; says whether the reader has its result.</summary>
    private bool Take()
    {
        if (_isDeferred)
        {
            _isDeferred = false;
            _wasDeferred = true;
            _budget.Reset();
            return false;
        }

        _budget.Spend(_receive.End(ref Block));
        return _receive.IsOver || HasEnough;
    }

    /// <summary>The operation in flight has ended.</summary>
    private void OnArrived()
    {
        if (!_pending.TryArrive(out var isAbandoned))
        {
            if (isAbandoned)
            {
                Block.Free();
            }

            return;
        }

        var hasResult = Take();
        _budget.Reset();
        if (hasResult || Pull(isPending: false))
        {
            Deliver(null, isElsewhere: false);
        }
    }

    /// <summary>The reader's block is no longer used here; false where the reader was completed meanwhile.</summary>
    private bool Leave()
    {
        var isOpen = _pending.TryLeave(out var isAbandoned);
        if (isAbandoned)
        {
            Block.Free();
        }

        return isOpen;
    }
}
