using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;

namespace FramedSockets.Framing;

/// <summary>
/// Reads from the pipe until the parser has a frame, or there will be none. The wait is a hand-made state machine, so that
/// it allocates nothing. One caller at a time; stopping and cutting from any thread.
/// </summary>
internal sealed class FramePump<THeader> : IValueTaskSource<bool>
{
    private readonly FrameParser<THeader> _parser;
    private readonly IFailureListener? _listener;
    private readonly Action _onRead;
    private ManualResetValueTaskSourceCore<bool> _core;
    private ConfiguredValueTaskAwaitable<ReadResult>.ConfiguredValueTaskAwaiter _read;
    private CancellationToken _token;
    private long _left;
    private bool _hasReceived;
    private bool _ignoresCancellation;
    private bool _isLastLook;
    private volatile bool _stopping;

    public FramePump(FrameParser<THeader> parser, IFailureListener? listener)
    {
        _parser = parser;
        _listener = listener;
        _onRead = OnRead;
    }

    /// <summary>Raised by each wait behind at least one frame more: what takes long is then not one frame.</summary>
    public int Batches { get; private set; }

    /// <summary>Whether no frame has begun, nor anything of which one may still be read.</summary>
    private bool IsAtRest => _parser.IsAtBorder && _parser.Input is not ITruncatedStream { IsInPart: true };

    private bool IsCut => _parser.Gate.IsCut;

    /// <summary>Asks for a calm end: what has arrived is still read, and a frame that has begun is read to its end.</summary>
    public void RequestStop()
    {
        _stopping = true;
        Wake(mayThrow: false);
    }

    /// <summary>Ends reading now, whatever has arrived: a pending wait throws the reason. Without one, it has no frame.</summary>
    /// <remarks>Without one, this throws what the pipe throws: a disposal would wait for a reader that nobody woke.</remarks>
    public void Cut(FramedSocketException? reason)
    {
        _parser.Gate.Cut(reason);
        Wake(mayThrow: reason is null);
    }

    /// <summary>Waits for a frame, inside the gate, and leaves the gate.</summary>
    public ValueTask<bool> WaitAsync(CancellationToken cancellationToken)
    {
        _token = cancellationToken;
        return _parser.Body is { } body ? SkipAsync(body) : ReadAsync();
    }

    bool IValueTaskSource<bool>.GetResult(short token) => _core.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<bool>.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource<bool>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    private void Wake(bool mayThrow)
    {
        try
        {
            _parser.Input.CancelPendingRead();
        }
        catch (Exception) when (!mayThrow)
        {
            // A pipe of one's own may throw anything, and this may be a timer's thread. Who reads is told by his read.
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> SkipAsync(BodyPipeReader body)
    {
        try
        {
            await body.SkipAsync(_token).ConfigureAwait(false);
        }
        catch (Exception) when (_parser.Gate is { IsCut: true, CutReason: null })
        {
            _parser.End(ParserState.Closed);
            _ = _parser.Gate.Exit();
            return false;
        }
        catch (Exception e)
        {
            var failed = Failed(e);
            _ = _parser.Gate.Exit();
            throw failed;
        }

        _left = 0;
        Batches++;
        _ignoresCancellation = body.TakeCancellation();
        _parser.EndBody();
        return await ReadAsync().ConfigureAwait(false);
    }

    /// <summary>Reads until there is an outcome.</summary>
    private ValueTask<bool> ReadAsync()
    {
        _core.Reset();
        var version = _core.Version;
        try
        {
            if (_parser.HasEnded)
            {
                var failure = _parser.Failure is { } own ? Tell(own) : null;
                _ = _parser.Gate.Exit();
                return failure is null ? new(false) : ValueTask.FromException<bool>(failure);
            }

            if (Run(out var isThere))
            {
                return new(_parser.Gate.Exit() && isThere);
            }
        }
        catch (Exception e)
        {
            var failed = Failed(e);
            _ = _parser.Gate.Exit();
            return ValueTask.FromException<bool>(failed);
        }

        _read.UnsafeOnCompleted(_onRead);
        return new(this, version);
    }

    private void OnRead()
    {
        bool isThere;
        try
        {
            if (!Take(out isThere) && !Run(out isThere))
            {
                _read.UnsafeOnCompleted(_onRead);
                return;
            }
        }
        catch (Exception e)
        {
            var failed = Failed(e);
            _ = _parser.Gate.Exit();
            _core.SetException(failed);
            return;
        }

        _core.SetResult(_parser.Gate.Exit() && isThere);
    }

    /// <summary>Reads while reads complete at once; false when one is pending.</summary>
    private bool Run(out bool isThere)
    {
        do
        {
            if (_parser.Window.IsLent)
            {
                // Otherwise a wait was cancelled, and what it had left is in the pipe still.
                _left = _parser.Window.Length;
                Batches += _left < _parser.Window.Loaded ? 1 : 0;
            }

            _parser.Window.Release(_parser.Input);
#pragma warning disable CA2012 // awaited by hand
            _read = ReceiveAsync().ConfigureAwait(false).GetAwaiter();
#pragma warning restore CA2012
            if (!_read.IsCompleted)
            {
                isThere = false;
                return false;
            }
        }
        while (!Take(out isThere));
        return true;
    }

    /// <summary>Takes what a read gave; says whether that is an outcome.</summary>
    private bool Take(out bool isThere)
    {
#pragma warning disable VSTHRD002 // it has completed
        var result = _read.GetResult();
#pragma warning restore VSTHRD002
        _parser.Window.Load(result.Buffer);
        isThere = !IsCut && _parser.IsReady();
        return isThere || (_parser.Failure is { } failure ? throw failure : IsEnd(result));
    }

    /// <summary>Whether nothing follows a read that completed no frame.</summary>
    private bool IsEnd(in ReadResult result)
    {
        if (_parser.Gate is { IsCut: true, CutReason: { } reason })
        {
            throw reason;
        }

        var isStop = result.IsCanceled && _isLastLook && IsAtRest;
        if (IsCut || isStop || (result.IsCompleted && _parser.IsAtBorder))
        {
            _parser.End(IsCut ? ParserState.Closed : ParserState.Ended);
            return true;
        }

        if (result.IsCompleted)
        {
            throw Truncation.AtEnd(_parser.Window.Length, _parser.Needed);
        }

        if (result.IsCanceled && !_stopping && !_ignoresCancellation)
        {
            throw new OperationCanceledException("The read was cancelled.");
        }

        _ignoresCancellation &= !result.IsCanceled;
        return false;
    }

    private ValueTask<ReadResult> ReceiveAsync()
    {
        _isLastLook = false;
        if (!_hasReceived)
        {
            // What another reader has left: of a wait of his that was cancelled, a Pipe remembers only that he wanted more.
            _hasReceived = true;
            if (_parser.Input.TryRead(out var there))
            {
                return new(there);
            }
        }

        if (_left > 0)
        {
            return _parser.Input.ReadAtLeastAsync((int)Math.Min(_parser.Needed, int.MaxValue), _token);
        }

        var read = _parser.Input.ReadAsync(_token);
        if (_stopping && !read.IsCompleted && IsAtRest)
        {
            // Nothing has arrived. A read that was cancelled before may not have looked.
            _isLastLook = true;
            _parser.Input.CancelPendingRead();
        }

        return read;
    }

    /// <summary>What an exception of a read means; anything but a cancelled wait, and want of memory, ends reading.</summary>
    private Exception Failed(Exception e)
    {
        if (e is OperationCanceledException or OutOfMemoryException)
        {
            return e;
        }

        var failure = _parser.Gate.CutReason ?? e as FramedSocketException
            ?? new(FramedSocketError.TransportFailed, $"The transport failed with {e.GetType().Name}.", e);
        return Tell(_parser.Fail(IsCut || (_parser.IsAtBorder && _left == 0) ? failure : Truncation.Of(failure, _left)));
    }

    /// <summary>Says that reading has failed; from now on, the reason is the one that counts for everybody.</summary>
    private FramedSocketException Tell(FramedSocketException failure) =>
        _parser.Failure = _listener?.OnReadFailed(failure) ?? failure;
}
