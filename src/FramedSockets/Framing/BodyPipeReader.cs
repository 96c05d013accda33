using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace FramedSockets.Framing;

/// <summary>
/// The part of the input that is one frame's body. It reads the connection's own pipe, so that a body of any length costs
/// one receive buffer, and completes where the body ends.
/// </summary>
/// <param name="input">The connection's pipe.</param>
/// <param name="gate">The connection's gate: a disposal waits for a read that is under way, and a cut ends it.</param>
/// <param name="length">The body's length, or <see cref="HeaderDecodeResult.UntilEnd"/>.</param>
/// <param name="most">The limit for a body whose length is not declared.</param>
/// <param name="listener">Told when the body cannot be read to its end.</param>
internal sealed class BodyPipeReader(
    PipeReader input, ReadGate gate, long length, long most, IFailureListener? listener) : PipeReader
{
    private const string Stale = "This body is no longer valid: its frame ended when its handler returned or at the next read.";
    private readonly bool _untilEnd = length == HeaderDecodeResult.UntilEnd;
    private long _left = length == HeaderDecodeResult.UntilEnd ? most : length;
    private ReadOnlySequence<byte> _lent;
    private long _examined;
    private FramedSocketException? _failure;
    private bool _isLent;
    private bool _isTentative; // a read that was cancelled need not be given back
    private bool _isWhole;
    private bool _isAtEnd;
    private bool _isStale;
    private bool _isCompleted;
    private int _isCancelled;

    private bool IsOver => _failure is null && (_isAtEnd || (_left == 0 && !_untilEnd));

    public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfUnusable();
        gate.Enter();
        ReadResult result;
        try
        {
            result = await ReadInGateAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            _ = gate.Exit();
            throw;
        }

        // Behind a gate that was closed meanwhile, what was read is the pipe's again, or another's.
        return gate.Exit() ? result : throw (_failure ??= WhyCut());
    }

    public override bool TryRead(out ReadResult result)
    {
        ThrowIfUnusable();
        if (IsOver)
        {
            result = Empty;
            return true;
        }

        ThrowIfFailed();
        try
        {
            if (!input.TryRead(out result))
            {
                return false;
            }
        }
        catch (Exception e)
        {
            throw Explain(e);
        }

        result = Bound(result);
        return true;
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        if (_isStale)
        {
            throw new InvalidOperationException(Stale);
        }

        if (_isLent)
        {
            // Nothing of this body follows what is whole, so the next read must not wait for more.
            Take(consumed, _isWhole ? consumed : examined);
        }
    }

    public override void CancelPendingRead()
    {
        _ = Interlocked.Exchange(ref _isCancelled, 1);
        if (!_isStale && !IsOver)
        {
            input.CancelPendingRead();
        }
    }

    /// <summary>Once this body has ended: whether somebody cancelled a read too late to be told here, of which the pipe may tell the next.</summary>
    public bool TakeCancellation() => Interlocked.Exchange(ref _isCancelled, 0) != 0;

    /// <summary>Says that the rest is not wanted: the frame's reader skips it.</summary>
    public override void Complete(Exception? exception = null) => _isCompleted = true;

    /// <summary>Ends the frame: this reader is stale from now on.</summary>
    public void Revoke() => _isStale = true;

    /// <summary>Skips what was left unread.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask SkipAsync(CancellationToken cancellationToken)
    {
        GiveBack();
        while (!IsOver)
        {
            _ = Bound(await ReceiveAsync(cancellationToken).ConfigureAwait(false));
            Take(_lent.End, _lent.End);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ReadResult> ReadInGateAsync(CancellationToken cancellationToken)
    {
        while (!IsOver)
        {
            var result = Bound(await ReceiveAsync(cancellationToken).ConfigureAwait(false));
            if (result.IsCanceled || result.IsCompleted || !result.Buffer.IsEmpty)
            {
                return result;
            }

            // Somebody else woke the pipe: a stop, which lets a body that has begun arrive.
            Take(result.Buffer.Start, result.Buffer.End);
        }

        return Empty;
    }

    private FramedSocketException WhyCut() =>
        gate.CutReason ?? new(FramedSocketError.ConnectionAborted, "The connection was ended by this side inside a body.");

    private static ReadResult Empty => new(default, isCanceled: false, isCompleted: true);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ReadResult> ReceiveAsync(CancellationToken cancellationToken)
    {
        ThrowIfFailed();
        try
        {
            return await input.ReadAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw Explain(e);
        }
    }

    private FramedSocketException Explain(Exception e) => Tell(gate.IsCut ? WhyCut()
        : e is FramedSocketException failure ? Truncation.Of(failure, (_untilEnd ? most : length) - _left)
        : new(FramedSocketError.TransportFailed, $"The transport failed with {e.GetType().Name}.", e));

    private ReadResult Bound(in ReadResult result)
    {
        var buffer = !_untilEnd && result.Buffer.Length > _left ? result.Buffer.Slice(0, _left) : result.Buffer;
        _lent = buffer;
        _isLent = true;
        var missing = _left - buffer.Length;
        _isWhole = _untilEnd ? result.IsCompleted : missing == 0;
        var isCanceled = _isTentative = result.IsCanceled && Interlocked.Exchange(ref _isCancelled, 0) != 0;
        if (result.IsCanceled && gate.IsCut)
        {
            Take(_lent.Start, _lent.Start);
            throw _failure = WhyCut();
        }

        if (_untilEnd && result.IsCompleted && input is ITruncatedStream { IsTruncated: true })
        {
            throw Fail(new(FramedSocketError.TruncatedFrame, "The stream ended inside a body, and TLS had not announced its end."));
        }

        if (_untilEnd && missing < 0)
        {
            throw Fail(new(FramedSocketError.BodyTooLong, $"A body of no declared length is over the limit of {most} bytes."));
        }

        return !result.IsCompleted || _isWhole
            ? new(buffer, isCanceled, _isWhole)
            : throw Fail(new(FramedSocketError.TruncatedFrame, $"The stream ended inside a body: {missing} of {length} bytes are missing."));
    }

    private FramedSocketException Fail(FramedSocketException failure)
    {
        Take(_lent.End, _lent.End);
        return Tell(failure);
    }

    /// <summary>Says that reading has failed, unless this side has cut it; the reason is the one that counts for everybody.</summary>
    private FramedSocketException Tell(FramedSocketException failure) =>
        _failure = gate.IsCut ? gate.CutReason ?? failure : listener?.OnReadFailed(failure) ?? failure;

    private void Take(SequencePosition consumed, SequencePosition examined)
    {
        // Not Slice(0, consumed): that throws at the start of a sequence whose first segment is used up.
        var taken = _lent.Length - _lent.Slice(consumed).Length;
        var seen = _lent.Length - _lent.Slice(examined).Length;
        if (seen < _examined)
        {
            // A pipe does not take back that something was looked at.
            examined = _lent.GetPosition(seen = _examined);
        }

        _examined = seen - taken;
        _isAtEnd = _untilEnd && _isWhole && taken == _lent.Length;
        _left -= taken;
        _isLent = false;
        _lent = default;
        input.AdvanceTo(consumed, examined);
    }

    private void ThrowIfFailed()
    {
        if (_failure is not null)
        {
            throw _failure;
        }
    }

    private void ThrowIfUnusable()
    {
        var why = _isStale ? Stale
            : _isCompleted ? "Reading is not allowed after the reader was completed."
            : gate.IsReading || (_isLent && !_isTentative) ? "Reading is not allowed while another read is under way, or was not given back with AdvanceTo."
            : null;
        if (why is not null)
        {
            throw new InvalidOperationException(why);
        }

        GiveBack();
    }

    private void GiveBack()
    {
        if (_isLent)
        {
            Take(_lent.Start, _lent.Start);
        }
    }
}
