using System.IO.Pipelines;

namespace FramedSockets.Testing;

/// <summary>
/// An input under a test's control: what arrives, in which pieces, when, and how it ends. Each read sees one delivery more than
/// the last, so that a test decides what one read sees.
/// </summary>
/// <remarks>Thread-safe, but as with every pipe one caller at a time reads.</remarks>
public sealed class ScriptedReader : PipeReader
{
    private readonly object _gate = new();
    private readonly PipeScheduler _scheduler;
    private readonly TimeProvider _clock;
    private readonly ArrivalQueue _coming;
    private readonly ArrivedBytes _arrived;
    private PendingWait? _waiting;
    private TaskCompletionSource? _watching;
    private ITimer? _timer;
    private Exception? _failure;
    private long _delivered;
    private bool _isLent;
    private bool _isCanceled;
    private bool _hasEnded;

    /// <summary>Creates the input.</summary>
    /// <param name="options">The options; <see cref="MemoryConnectionOptions.Default"/> when <see langword="null"/>. Their script is for connections.</param>
    public ScriptedReader(MemoryConnectionOptions? options = null)
    {
        options ??= MemoryConnectionOptions.Default;
        _scheduler = options.Scheduler;
        _clock = options.TimeProvider;
        _coming = new(options.TimeProvider);
        _arrived = new(options.Pool);
    }

    /// <summary>How often it was read.</summary>
    public int Reads { get; private set; }

    /// <summary>Whether the reader is done with it.</summary>
    public bool IsCompleted { get; private set; }

    /// <summary>All bytes that have arrived, read or not; what is delayed has not.</summary>
    public long ArrivedLength
    {
        get
        {
            lock (_gate)
            {
                return _delivered - _coming.Length + _coming.DueLength;
            }
        }
    }

    /// <summary>The bytes that a read has seen and that were not consumed.</summary>
    public long HeldLength
    {
        get
        {
            lock (_gate)
            {
                return _arrived.Length;
            }
        }
    }

    /// <summary>The bytes that no read has seen; none where nobody will, since the input was completed.</summary>
    internal long UnseenLength
    {
        get
        {
            lock (_gate)
            {
                return _coming.Length;
            }
        }
    }

    /// <summary>Called, without any lock, where there may be fewer of those than before.</summary>
    internal Action? Consumed { get; set; }

    /// <summary>Delivers bytes.</summary>
    /// <param name="bytes">The bytes; they are copied. None at all is no delivery.</param>
    /// <param name="delay">How long after the delivery before it.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="delay"/> is negative.</exception>
    public void Deliver(ReadOnlySpan<byte> bytes, TimeSpan delay = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(delay, TimeSpan.Zero);
        Enqueue(bytes, delay);
        Wake();
    }

    /// <summary>Ends the stream behind what was delivered.</summary>
    public void End()
    {
        EnqueueEnd(null);
        Wake();
    }

    /// <summary>Fails the stream behind what was delivered: the read that would see more throws, and so does each later one.</summary>
    /// <param name="failure">What is thrown; transports throw <see cref="FramedSocketException"/>.</param>
    public void Fail(Exception failure)
    {
        ArgumentNullException.ThrowIfNull(failure);
        EnqueueEnd(failure);
        Wake();
    }

    /// <summary>Waits until whoever reads has seen all that has arrived, and waits for more, or reads no more.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>A task that ends at that moment.</returns>
    public Task WaitForReaderAsync(CancellationToken cancellationToken = default)
    {
        lock (_gate)
        {
            return _waiting is not null || IsCompleted
                ? Task.CompletedTask
                : (_watching ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task.WaitAsync(cancellationToken);
        }
    }

    /// <inheritdoc/>
    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        PendingWait waiting;
        lock (_gate)
        {
            Begin();
            if (cancellationToken.IsCancellationRequested)
            {
                return ValueTask.FromCanceled<ReadResult>(cancellationToken);
            }

            Reads++;
            if (TryShow(out var result, out var failure))
            {
                return failure is null ? new(result) : ValueTask.FromException<ReadResult>(failure);
            }

            _waiting = waiting = new();
            TellWatcher();
            waiting.Cancellation = cancellationToken.UnsafeRegister(_ => Cancel(waiting, cancellationToken), null);
            SetTimer();
        }

        return waiting.Read;
    }

    /// <inheritdoc/>
    public override bool TryRead(out ReadResult result)
    {
        lock (_gate)
        {
            Begin();
            return TryShow(out result, out var failure) && (failure is null ? true : throw failure);
        }
    }

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        lock (_gate)
        {
            if (!_isLent)
            {
                throw new InvalidOperationException("There is no read to advance.");
            }

            _isLent = false;
            _arrived.Advance(consumed, examined);
        }

        Consumed?.Invoke();
    }

    /// <inheritdoc/>
    public override void CancelPendingRead()
    {
        lock (_gate)
        {
            _isCanceled = true;
        }

        Wake();
    }

    /// <inheritdoc/>
    public override void Complete(Exception? exception = null)
    {
        lock (_gate)
        {
            IsCompleted = true;
            _isLent = false;
            _coming.Clear();
            _arrived.Clear();
            _timer?.Dispose();
            TellWatcher();
        }

        Consumed?.Invoke();
    }

    /// <summary>Fails the stream at once, whatever was delivered.</summary>
    internal void Abort(Exception failure)
    {
        lock (_gate)
        {
            _coming.Clear();
            _failure ??= failure;
        }

        Wake();
    }

    /// <summary>Adds a delivery, of which nobody is told before <see cref="Wake"/>.</summary>
    internal void Enqueue(ReadOnlySpan<byte> bytes, TimeSpan delay)
    {
        lock (_gate)
        {
            if (!IsCompleted && _failure is null && bytes.Length > 0)
            {
                _delivered += bytes.Length;
                _coming.Add(bytes.ToArray(), null, delay);
            }
        }
    }

    /// <summary>Adds the end, or a failure, of which nobody is told before <see cref="Wake"/>.</summary>
    internal void EnqueueEnd(Exception? failure)
    {
        lock (_gate)
        {
            if (!IsCompleted)
            {
                _coming.Add(null, failure, TimeSpan.Zero);
            }
        }
    }

    /// <summary>Lets a reader that waits see what has arrived. Called without any lock: the reader may go on here.</summary>
    internal void Wake()
    {
        PendingWait waiting;
        ReadResult result;
        Exception? failure;
        lock (_gate)
        {
            if (_waiting is null || !TryShow(out result, out failure))
            {
                SetTimer();
                return;
            }

            (waiting, _waiting) = (_waiting, null);
        }

        _scheduler.Schedule(_ => waiting.Answer(result, failure), null);
    }

    private void Cancel(PendingWait waiting, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_waiting != waiting)
            {
                return;
            }

            _waiting = null;
        }

        waiting.Answer(default, new OperationCanceledException(cancellationToken));
    }

    private void Begin()
    {
        if (_isLent || _waiting is not null || IsCompleted)
        {
            throw new InvalidOperationException(
                IsCompleted ? "The input was completed." : "Another read is under way, or was not advanced.");
        }
    }

    /// <summary>Shows what there is to see: bytes that were not examined, or else the next delivery. Under the lock.</summary>
    private bool TryShow(out ReadResult result, out Exception? failure)
    {
        if (!_arrived.HasUnexamined && !_hasEnded && _failure is null && _coming.TryTake(out var arrival))
        {
            Take(arrival);
        }

        result = default;
        failure = _failure;
        if (failure is not null)
        {
            return true;
        }

        var isSomething = _isCanceled || _arrived.HasUnexamined || _hasEnded;
        if (isSomething)
        {
            result = new(_arrived.Lend(), _isCanceled, _hasEnded);
            (_isLent, _isCanceled) = (true, false);
        }

        return isSomething;
    }

    private void Take(in Arrival arrival)
    {
        _failure = arrival.Failure;
        _hasEnded = arrival is { Bytes: null, Failure: null };
        _arrived.Add(arrival.Bytes);
    }

    private void TellWatcher()
    {
        _watching?.SetResult();
        _watching = null;
    }

    /// <summary>Comes back when the next delivery is due, where a reader waits for it. Under the lock.</summary>
    private void SetTimer()
    {
        if (_waiting is not null && !IsCompleted && _coming.GetWait() is { } wait)
        {
            _timer ??= _clock.CreateTimer(static reader => ((ScriptedReader)reader!).Wake(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _ = _timer.Change(wait, Timeout.InfiniteTimeSpan);
        }
    }
}
