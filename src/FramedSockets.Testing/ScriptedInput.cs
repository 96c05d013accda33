using System.IO.Pipelines;

namespace FramedSockets.Testing;

/// <summary>What an input has to show to the next read: the rules, without waiting. Not thread-safe.</summary>
internal sealed class ScriptedInput(MemoryConnectionOptions options)
{
    private readonly ArrivalQueue _coming = new(options.TimeProvider);
    private readonly ArrivedBytes _arrived = new(options.Pool);
    private Exception? _failure;
    private long _delivered;
    private bool _isLent;
    private bool _isCanceled;
    private bool _hasEnded;

    public bool IsCompleted { get; private set; }

    /// <summary>All bytes whose time has come.</summary>
    public long ArrivedLength => _delivered - _coming.Length + _coming.DueLength;

    /// <summary>The bytes that a read has seen and that were not consumed.</summary>
    public long HeldLength => _arrived.Length;

    /// <summary>The bytes that no read has seen.</summary>
    public long UnseenLength => _coming.Length;

    /// <summary>How long until there is more; <see langword="null"/> where nothing is on its way.</summary>
    public TimeSpan? Wait => IsCompleted ? null : _coming.GetWait();

    public void Deliver(ReadOnlySpan<byte> bytes, TimeSpan delay)
    {
        if (!IsCompleted && _failure is null && bytes.Length > 0)
        {
            _delivered += bytes.Length;
            _coming.Add(bytes.ToArray(), null, delay);
        }
    }

    /// <summary>Ends the stream behind what was delivered.</summary>
    public void End(Exception? failure)
    {
        if (!IsCompleted)
        {
            _coming.Add(null, failure, TimeSpan.Zero);
        }
    }

    /// <summary>Fails the stream, whatever was delivered.</summary>
    public void Abort(Exception failure)
    {
        Forget();
        _failure ??= failure;
    }

    /// <summary>The next read, or the one that waits, is to say that it was cancelled.</summary>
    public void Cancel() => _isCanceled = true;

    /// <summary>A read begins.</summary>
    public void Begin(bool isWaiting)
    {
        if (_isLent || isWaiting || IsCompleted)
        {
            throw new InvalidOperationException(
                IsCompleted ? "The input was completed." : "Another read is under way, or was not advanced.");
        }
    }

    /// <summary>Shows what there is to see: bytes that were not examined, or else the next delivery.</summary>
    /// <returns>Whether there is anything; if so, either the result or the failure.</returns>
    public bool TryShow(out ReadResult result, out Exception? failure)
    {
        if (!_arrived.HasUnexamined && !_hasEnded && _failure is null && _coming.TryTake(out var arrival))
        {
            _failure = arrival.Failure;
            _hasEnded = arrival is { Bytes: null, Failure: null };
            _arrived.Add(arrival.Bytes);
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

    public void Advance(SequencePosition consumed, SequencePosition examined)
    {
        if (!_isLent)
        {
            throw new InvalidOperationException("There is no read to advance.");
        }

        _isLent = false;
        _arrived.Advance(consumed, examined);
    }

    /// <summary>Shows nothing more; a read that waits is to fail.</summary>
    public void Complete()
    {
        IsCompleted = true;
        _failure ??= new FramedSocketException(FramedSocketError.ConnectionAborted, "The connection was aborted by this side.");
        _isLent = false;
        Forget();
        _arrived.Clear();
    }

    /// <summary>What is still on its way arrives no more, and is not counted as if it had.</summary>
    private void Forget()
    {
        _delivered = ArrivedLength;
        _coming.Clear();
    }
}
