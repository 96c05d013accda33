using System.IO.Pipelines;

namespace FramedSockets.Testing;

/// <summary>
/// An input under a test's control: what arrives, in which pieces, when, and how it ends. Each read sees one delivery more than
/// the last, so that a test decides what one read sees.
/// </summary>
/// <remarks>Thread-safe, but as with every pipe one caller at a time reads.</remarks>
public sealed class ScriptedReader : PipeReader
{
    /// <summary>How long a timer may be set for at once.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    private readonly object _gate = new();
    private readonly ScriptedInput _input;
    private readonly PipeScheduler _scheduler;
    private readonly TimeProvider _clock;
    private PendingWait? _waiting;
    private TaskCompletionSource? _watching;
    private ITimer? _timer;

    /// <summary>Creates the input.</summary>
    /// <param name="options">The options; <see cref="MemoryConnectionOptions.Default"/> when <see langword="null"/>. Their script is for connections.</param>
    public ScriptedReader(MemoryConnectionOptions? options = null)
    {
        options ??= MemoryConnectionOptions.Default;
        _input = new(options);
        _scheduler = options.Scheduler;
        _clock = options.TimeProvider;
    }

    /// <summary>How often it was read by <c>ReadAsync</c>.</summary>
    public int Reads { get; private set; }

    /// <summary>Whether the reader is done with it.</summary>
    public bool IsCompleted => Ask(static input => input.IsCompleted ? 1 : 0) != 0;

    /// <summary>All bytes that have arrived, read or not; what is delayed has not.</summary>
    public long ArrivedLength => Ask(static input => input.ArrivedLength);

    /// <summary>The bytes that a read has seen and that were not consumed.</summary>
    public long HeldLength => Ask(static input => input.HeldLength);

    /// <summary>The bytes that no read has seen; none where nobody will, since the input was completed.</summary>
    internal long UnseenLength => Ask(static input => input.UnseenLength);

    /// <summary>Called, without any lock, where there may be fewer of those than before.</summary>
    internal Action? Consumed { get; set; }

    /// <summary>Delivers bytes.</summary>
    /// <param name="bytes">The bytes; they are copied. None at all is no delivery.</param>
    /// <param name="delay">How long after the delivery before it, by the clock of the options; zero or more.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="delay"/> is negative.</exception>
    public void Deliver(ReadOnlySpan<byte> bytes, TimeSpan delay = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(delay, TimeSpan.Zero);
        Enqueue(bytes, delay);
        Wake();
    }

    /// <summary>Ends the stream behind what was delivered.</summary>
    public void End() => EndWith(null);

    /// <summary>Fails the stream behind what was delivered: the read that would see more throws, and so does each later one.</summary>
    /// <param name="failure">What is thrown; transports throw <see cref="FramedSocketException"/>.</param>
    public void Fail(Exception failure)
    {
        ArgumentNullException.ThrowIfNull(failure);
        EndWith(failure);
    }

    /// <summary>Waits until whoever reads has seen all that has arrived, and waits for more, or reads no more.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>A task that ends at that moment.</returns>
    public Task WaitForReaderAsync(CancellationToken cancellationToken = default)
    {
        lock (_gate)
        {
            return _waiting is not null || _input.IsCompleted
                ? Task.CompletedTask
                : (_watching ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task.WaitAsync(cancellationToken);
        }
    }

    /// <inheritdoc/>
    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        PendingWait waiting;
        bool isDue;
        lock (_gate)
        {
            _input.Begin(_waiting is not null);
            if (cancellationToken.IsCancellationRequested)
            {
                return ValueTask.FromCanceled<ReadResult>(cancellationToken);
            }

            Reads++;
            if (_input.TryShow(out var result, out var failure))
            {
                return failure is null ? new(result) : ValueTask.FromException<ReadResult>(failure);
            }

            _waiting = waiting = new();
            waiting.Cancellation = cancellationToken.UnsafeRegister(_ => Cancel(waiting, cancellationToken), null);
            TellWatcher();
            isDue = SetTimer();
        }

        if (isDue)
        {
            Wake();
        }

        return waiting.Read;
    }

    /// <inheritdoc/>
    public override bool TryRead(out ReadResult result)
    {
        lock (_gate)
        {
            _input.Begin(_waiting is not null);
            var isSomething = _input.TryShow(out result, out var failure);
            return failure is null ? isSomething : throw failure;
        }
    }

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        lock (_gate)
        {
            _input.Advance(consumed, examined);
        }

        Consumed?.Invoke();
    }

    /// <inheritdoc/>
    public override void CancelPendingRead()
    {
        lock (_gate)
        {
            _input.Cancel();
        }

        Wake();
    }

    /// <inheritdoc/>
    /// <remarks>A read that waits fails with <see cref="FramedSocketError.ConnectionAborted"/>, as that of a socket does.</remarks>
    public override void Complete(Exception? exception = null)
    {
        lock (_gate)
        {
            _input.Complete();
            _timer?.Dispose();
            TellWatcher();
        }

        Consumed?.Invoke();
        Wake();
    }

    /// <summary>Fails the stream at once, whatever was delivered.</summary>
    internal void Abort(Exception failure)
    {
        lock (_gate)
        {
            _input.Abort(failure);
        }

        Wake();
    }

    /// <summary>Adds a delivery, of which nobody is told before <see cref="Wake"/>.</summary>
    internal void Enqueue(ReadOnlySpan<byte> bytes, TimeSpan delay)
    {
        lock (_gate)
        {
            _input.Deliver(bytes, delay);
        }
    }

    /// <summary>Lets a reader that waits see what has arrived. Called without any lock: the reader may go on here.</summary>
    internal void Wake()
    {
        PendingWait? waiting = null;
        ReadResult result = default;
        Exception? failure = null;
        var isDue = false;
        lock (_gate)
        {
            if (_waiting is not null && _input.TryShow(out result, out failure))
            {
                (waiting, _waiting) = (_waiting, null);
            }
            else
            {
                isDue = SetTimer();
            }
        }

        if (waiting is not null)
        {
            _scheduler.Schedule(_ => waiting.Answer(result, failure), null);
        }
        else if (isDue)
        {
            Wake();
        }
    }

    private long Ask(Func<ScriptedInput, long> question)
    {
        lock (_gate)
        {
            return question(_input);
        }
    }

    private void EndWith(Exception? failure)
    {
        lock (_gate)
        {
            _input.End(failure);
        }

        Wake();
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

        _scheduler.Schedule(_ => waiting.Answer(default, new OperationCanceledException(cancellationToken)), null);
    }

    private void TellWatcher()
    {
        _watching?.SetResult();
        _watching = null;
    }

    /// <summary>
    /// Comes back when the next delivery is due, where a reader waits for it, or sooner; says whether it has come due meanwhile. Under
    /// the lock.
    /// </summary>
    private bool SetTimer()
    {
        if (_waiting is null || _input.Wait is not { } wait)
        {
            return false;
        }

        _timer ??= _clock.CreateTimer(static reader => ((ScriptedReader)reader!).Wake(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _ = _timer.Change(wait < Longest ? wait : Longest, Timeout.InfiniteTimeSpan);
        return _input.Wait == TimeSpan.Zero;
    }
}
