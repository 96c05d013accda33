using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;

namespace FramedSockets.Framing;

/// <summary>
/// Reads frames from a pipe, without a copy. It follows <c>ChannelReader</c>: wait until a frame is there, then take frames
/// without awaiting until none is left.
/// </summary>
/// <typeparam name="THeader">The header's type.</typeparam>
/// <remarks>
/// One caller at a time. A frame is valid until the next call. Memory is bounded by the limits: a body that is not streamed
/// is the most that is ever held.
/// </remarks>
public sealed class FrameReader<THeader> : IValueTaskSource<bool>
{
    private readonly PipeReader _input;
    private readonly FrameParser<THeader> _parser;
    private readonly ReadGate _gate = new();
    private readonly Action<FramedSocketException>? _onFailed;
    private readonly Action _onRead;
    private ManualResetValueTaskSourceCore<bool> _core;
    private ConfiguredValueTaskAwaitable<ReadResult>.ConfiguredValueTaskAwaiter _read;
    private CancellationToken _token;
    private long _left;
    private volatile bool _stopping;
    private volatile bool _cut;
    private FramedSocketException? _cutReason;

    /// <summary>Creates a reader.</summary>
    /// <param name="input">Where the bytes come from.</param>
    /// <param name="codec">The framing.</param>
    /// <param name="limits">The limits; <see cref="FrameLimits.Default"/> when <see langword="null"/>.</param>
    /// <param name="pool">Where copies of frames, and heads that cross segments, are kept; <see cref="ArrayPool{T}.Shared"/> when <see langword="null"/>.</param>
    public FrameReader(PipeReader input, IHeaderCodec<THeader> codec, FrameLimits? limits = null, ArrayPool<byte>? pool = null)
        : this(input, codec, limits, pool, onFailed: null)
    {
    }

    internal FrameReader(
        PipeReader input, IHeaderCodec<THeader> codec, FrameLimits? limits, ArrayPool<byte>? pool, Action<FramedSocketException>? onFailed)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(codec);
        _input = input;
        _parser = new(input, codec, limits ?? FrameLimits.Default, pool ?? ArrayPool<byte>.Shared);
        _onFailed = onFailed;
        _onRead = OnRead;
    }

    /// <summary>Takes the next frame, if it has arrived. Ends the frame before.</summary>
    /// <param name="frame">The frame.</param>
    /// <returns><see langword="false"/> when no whole frame is there: <see cref="WaitToReadAsync"/> says why.</returns>
    public bool TryRead(out Frame<THeader> frame) => _parser.TryTake(out frame);

    /// <summary>Waits until a frame can be taken. Ends the frame before.</summary>
    /// <param name="cancellationToken">Ends the wait; nothing is lost and reading may go on.</param>
    /// <returns><see langword="true"/> when a frame is there; <see langword="false"/> after the last one.</returns>
    /// <exception cref="FramedSocketException">The bytes were refused, or the stream ended or broke; each later call throws the same.</exception>
    /// <exception cref="InvalidOperationException">Another call is reading.</exception>
    /// <exception cref="ObjectDisposedException">The reader was completed.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public ValueTask<bool> WaitToReadAsync(CancellationToken cancellationToken = default)
    {
        _gate.Enter(this);
        _parser.EndFrame();
        if (cancellationToken.IsCancellationRequested)
        {
            _gate.Exit();
            return ValueTask.FromCanceled<bool>(cancellationToken);
        }

        if (_parser.IsReady())
        {
            _gate.Exit();
            return new(true);
        }

        _token = cancellationToken;
        return _parser.Body is { } body ? SkipAsync(body) : ReadAsync();
    }

    /// <summary>Reads all frames, in order. Each is valid until the next is asked for.</summary>
    /// <param name="cancellationToken">Ends the loop.</param>
    /// <returns>The frames.</returns>
    /// <exception cref="FramedSocketException">As <see cref="WaitToReadAsync"/>.</exception>
    public async IAsyncEnumerable<Frame<THeader>> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        while (await WaitToReadAsync(cancellationToken).ConfigureAwait(false))
        {
            while (TryRead(out var frame))
            {
                yield return frame;
            }
        }
    }

    /// <summary>Ends reading: the last frame becomes stale, a pending wait returns <see langword="false"/>, and the input is completed. Idempotent.</summary>
    /// <param name="exception">Why, for the writing side of the pipe; <see langword="null"/> for a plain end.</param>
    /// <returns>A task that ends when the input is completed.</returns>
    public async ValueTask CompleteAsync(Exception? exception = null)
    {
        if (!_gate.Close())
        {
            Cut();
            await _gate.Left.ConfigureAwait(false);
        }

        _parser.EndFrame();
        _parser.End();
        _parser.Window.Clear();
        await _input.CompleteAsync(exception).ConfigureAwait(false);
    }

    bool IValueTaskSource<bool>.GetResult(short token) => _core.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<bool>.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource<bool>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    /// <summary>Whether a frame could be taken now, without waiting.</summary>
    internal bool IsReady() => _parser.IsReady();

    /// <summary>Makes the frame that is lent stale.</summary>
    internal void EndFrame() => _parser.EndFrame();

    /// <summary>
    /// Asks for a calm end: frames that have arrived are still read, one that has begun is read to its end, and then
    /// <see cref="WaitToReadAsync"/> returns <see langword="false"/>. Any thread.
    /// </summary>
    internal void RequestStop()
    {
        _stopping = true;
        _input.CancelPendingRead();
    }

    /// <summary>Ends reading now, whatever has arrived: a pending wait throws the reason, or returns <see langword="false"/> without one. Any thread.</summary>
    internal void Cut(FramedSocketException? reason = null)
    {
        _ = Interlocked.CompareExchange(ref _cutReason, reason, null);
        _cut = true;
        _input.CancelPendingRead();
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> SkipAsync(BodyPipeReader body)
    {
        try
        {
            await body.SkipAsync(_token).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            _gate.Exit();
            throw Failed(e);
        }

        _parser.EndBody();
        if (_parser.IsReady())
        {
            _gate.Exit();
            return true;
        }

        return await ReadAsync().ConfigureAwait(false);
    }

    /// <summary>Reads until there is an outcome; the wait is a hand-made state machine, so that it allocates nothing.</summary>
    private ValueTask<bool> ReadAsync()
    {
        _core.Reset();
        var version = _core.Version;
        try
        {
            if (_parser.HasEnded)
            {
                _gate.Exit();
                return _parser.Failure is { } failure ? ValueTask.FromException<bool>(failure) : new(false);
            }

            if (Run(out var isThere))
            {
                _gate.Exit();
                return new(isThere);
            }
        }
        catch (Exception e)
        {
            var failed = Failed(e);
            _gate.Exit();
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
            _gate.Exit();
            _core.SetException(failed);
            return;
        }

        _gate.Exit();
        _core.SetResult(isThere);
    }

    /// <summary>Reads while reads complete at once; false when one is pending.</summary>
    private bool Run(out bool isThere)
    {
        do
        {
            _left = _parser.Window.Length;
            _parser.Window.Release(_input, examineAll: true);
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
        isThere = !_cut && _parser.IsReady();
        return isThere || (_parser.Failure is { } failure ? throw failure : IsEnd(result));
    }

    /// <summary>Whether nothing follows a read that completed no frame.</summary>
    private bool IsEnd(in ReadResult result)
    {
        if (_cut && _cutReason is not null)
        {
            throw _cutReason;
        }

        var isStop = result.IsCanceled && _stopping && _parser.IsAtBorder;
        if (_cut || isStop || (result.IsCompleted && _parser.IsAtBorder))
        {
            _parser.End();
            return true;
        }

        if (result.IsCompleted)
        {
            throw Truncation.AtEnd(_parser.Window.Length, _parser.Needed);
        }

        return result.IsCanceled && !_stopping ? throw new OperationCanceledException("The read was cancelled.") : false;
    }

    private ValueTask<ReadResult> ReceiveAsync()
    {
        if (_left > 0)
        {
            return _input.ReadAtLeastAsync((int)Math.Min(_parser.Needed, int.MaxValue), _token);
        }

        var read = _input.ReadAsync(_token);
        if (_stopping && _parser.IsAtBorder && !read.IsCompleted)
        {
            _input.CancelPendingRead();
        }

        return read;
    }

    /// <summary>What an exception of a read means; anything but a cancelled wait ends reading.</summary>
    private Exception Failed(Exception e)
    {
        if (e is OperationCanceledException)
        {
            return e;
        }

        var failure = _cutReason ?? e as FramedSocketException
            ?? new(FramedSocketError.TransportFailed, $"The transport failed with {e.GetType().Name}.", e);
        failure = _parser.Fail(_cut || (_parser.IsAtBorder && _left == 0) ? failure : Truncation.Of(failure, _left));
        _onFailed?.Invoke(failure);
        return failure;
    }
}
