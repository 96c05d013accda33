using System.Net.Sockets;

namespace FramedSockets.Transport;

/// <summary>
/// Reads from a <see cref="Socket"/>. An idle connection waits without a buffer; a busy one reads into one contiguous block,
/// which grows with what arrives and not with what is declared.
/// </summary>
/// <remarks>A cancelled wait leaves the socket's operation in flight; the next read takes up its result, so nothing is lost.</remarks>
internal sealed class SocketPipeReader : DirectPipeReader, IThreadPoolWorkItem, ISocketOperationOwner, IDisposable
{
    private readonly SocketReceive _receive;
    private PendingRead _pending;
    private ReadBudget _budget;
    private bool _isYield;

    public SocketPipeReader(Socket socket, SocketTransportOptions options)
        : base(new(options.Pool, ReceiveProbe.SmallBlock, options.ReceiveBufferLength)) => _receive = new(socket, this);

    public override bool IsAtEnd => _receive.IsAtEnd;

    private bool IsToEnd => IsCancelled || IsTokenCancelled;

    /// <summary>All bytes received. Any thread.</summary>
    public long Received => _receive.Received;

    public void Dispose() => _receive.Dispose();

    /// <summary>Goes on after giving others the thread.</summary>
    void IThreadPoolWorkItem.Execute() => OnArrived();

    void ISocketOperationOwner.OnOperationCompleted() => OnArrived();

    protected override void OnConsumed() => _receive.Release(ref Block);

    protected override bool Begin() => Pull();

    protected override void EndWait(Exception? reason)
    {
        // A read that only lets others go first looks at the socket once more before it ends, and then sees that it is cancelled. One
        // whose bytes are there, of which the event is still on its way, ends with them.
        if (_isYield || _receive.HasArrived || !_pending.TryTakeReader())
        {
            return;
        }

        // An earlier read may have seen what it was woken for: then this one waits on.
        if (reason is not null || IsToEnd || Pull())
        {
            Deliver(reason, isElsewhere: true);
        }
    }

    protected override Exception? End(Exception? reason) => reason ?? _receive.Failure ?? (Exception?)GetCancellation();

    protected override void Close()
    {
        if (!_pending.Close(out var hasReader))
        {
            // Otherwise the operation in flight may still write to it; it gives it back when it ends.
            Block.Free();
        }

        if (hasReader)
        {
            DeliverNothing(SocketFailure.Aborted());
        }
    }

    /// <summary>Receives until there is a result (true), or until the reader has to wait (false).</summary>
    private bool Pull()
    {
        while (true)
        {
            if (!_pending.IsIdle || Start())
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
                        continue;
                    case PendingRead.Outcome.IsClosed:
                        _receive.Abort();
                        return true;
                    default:
                        break;
                }
            }

            if (Take())
            {
                return true;
            }
        }
    }

    /// <summary>Starts the next operation; false when there is none to wait for.</summary>
    private bool Start()
    {
        if (_receive.IsOver)
        {
            return false;
        }

        _isYield = _budget.IsSpent && !IsCancelled;
        if (_isYield)
        {
            _budget.Reset();
            _pending.Begin();
            return ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }

        _pending.Begin();
        if (_receive.Begin(ref Block, Minimum))
        {
            return true;
        }

        if (!_pending.TryEndAtOnce())
        {
            Abandon();
        }

        return false;
    }

    /// <summary>Takes what the operation brought; says whether the reader has its result.</summary>
    private bool Take()
    {
        if (_isYield)
        {
            _isYield = false;
            return false;
        }

        _budget.Spend(_receive.End(ref Block));
        return _receive.IsOver || HasEnough;
    }

    /// <summary>The operation in flight has ended.</summary>
    private void OnArrived()
    {
        if (!_pending.TryArrive(out var isClosed))
        {
            if (isClosed)
            {
                Abandon();
            }

            return;
        }

        var hasResult = Take();
        _budget.Reset();
        if (hasResult || Pull())
        {
            Deliver(null, isElsewhere: false);
        }
    }

    /// <summary>The reader was completed while an operation was in flight, which has now ended.</summary>
    private void Abandon()
    {
        Block.Free();
        _receive.Abort();
    }
}
