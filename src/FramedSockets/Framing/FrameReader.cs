using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

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
public sealed class FrameReader<THeader>
{
    private readonly FrameParser<THeader> _parser;
    private readonly FramePump<THeader> _pump;

    /// <summary>Creates a reader.</summary>
    /// <param name="input">Where the bytes come from.</param>
    /// <param name="codec">The framing.</param>
    /// <param name="limits">The limits; <see cref="FrameLimits.Default"/> when <see langword="null"/>.</param>
    /// <param name="pool">Where copies of frames, and heads that cross segments, are kept; <see cref="ArrayPool{T}.Shared"/> when <see langword="null"/>.</param>
    public FrameReader(PipeReader input, IHeaderCodec<THeader> codec, FrameLimits? limits = null, ArrayPool<byte>? pool = null)
        : this(input, codec, limits, pool, typeof(FrameReader<THeader>), listener: null)
    {
    }

    internal FrameReader(
        PipeReader input, IHeaderCodec<THeader> codec, FrameLimits? limits, ArrayPool<byte>? pool, Type owner, IFailureListener? listener)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(codec);
        _parser = new(input, codec, limits ?? FrameLimits.Default, pool ?? ArrayPool<byte>.Shared, new(owner), listener);
        _pump = new(_parser, listener);
    }

    /// <summary>The limits. New ones apply from the next frame on; a frame that has begun is held to the old ones.</summary>
    /// <exception cref="ArgumentNullException">The value is <see langword="null"/>.</exception>
    /// <remarks>Set it where frames are read: after a frame was taken, for example, and not while another thread waits for one.</remarks>
    public FrameLimits Limits
    {
        get => _parser.Limits;
        set => _parser.Limits = value ?? throw new ArgumentNullException(nameof(value));
    }

    /// <summary>Takes the next frame, if it has arrived. Ends the frame before.</summary>
    /// <param name="frame">The frame.</param>
    /// <returns><see langword="false"/> when no whole frame is there: <see cref="WaitToReadAsync"/> says why.</returns>
    public bool TryRead(out Frame<THeader> frame)
    {
        if (!_parser.Gate.TryBeginTake())
        {
            frame = new(default!, _parser.Lease, 0);
            return false;
        }

        try
        {
            var version = _parser.TryTake(out var header);
            frame = new(header, _parser.Lease, version);
            return version != 0;
        }
        finally
        {
            _parser.Gate.EndTake();
        }
    }

    /// <summary>Waits until a frame can be taken. Ends the frame before.</summary>
    /// <param name="cancellationToken">Ends the wait; nothing is lost and reading may go on.</param>
    /// <returns><see langword="true"/> when a frame is there; <see langword="false"/> after the last one.</returns>
    /// <exception cref="FramedSocketException">The bytes were refused, or the stream ended or broke; each later call throws the same.</exception>
    /// <exception cref="InvalidOperationException">Another call is reading.</exception>
    /// <exception cref="ObjectDisposedException">The reader was completed.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public ValueTask<bool> WaitToReadAsync(CancellationToken cancellationToken = default)
    {
        _parser.Gate.Enter();
        _parser.EndFrame();
        if (cancellationToken.IsCancellationRequested)
        {
            _ = _parser.Gate.Exit();
            return ValueTask.FromCanceled<bool>(cancellationToken);
        }

        bool isReady;
        try
        {
            isReady = _parser.IsReady();
        }
        catch
        {
            // There is no memory to decode it with.
            _ = _parser.Gate.Exit();
            throw;
        }

        return isReady ? new(_parser.Gate.Exit()) : _pump.WaitAsync(cancellationToken);
    }

    /// <summary>Waits for the next frame and takes it. Ends the frame before.</summary>
    /// <param name="cancellationToken">Ends the wait; nothing is lost and reading may go on.</param>
    /// <returns>The frame; valid until the next call that reads.</returns>
    /// <exception cref="EndOfStreamException">There is no further frame. <see cref="WaitToReadAsync"/> says it without an exception.</exception>
    /// <inheritdoc cref="WaitToReadAsync" path="/exception"/>
    public ValueTask<Frame<THeader>> ReadAsync(CancellationToken cancellationToken = default) =>
        TryRead(out var frame) ? new(frame) : WaitAndReadAsync(cancellationToken);

    /// <summary>Reads all frames, in order. Each is valid until the next is asked for.</summary>
    /// <param name="cancellationToken">Ends the loop.</param>
    /// <returns>The frames.</returns>
    /// <inheritdoc cref="WaitToReadAsync" path="/exception"/>
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

    /// <summary>
    /// Ends reading and gives the input back, at the first byte that no frame has taken: another reader, with another framing,
    /// goes on from there without losing a byte. The last frame becomes stale, and completing this reader does nothing more.
    /// </summary>
    /// <returns>The input. Who reads it by hand calls its <see cref="PipeReader.TryRead"/> first: behind a wait that was cancelled, a <see cref="Pipe"/> shows what is there only so.</returns>
    /// <exception cref="InvalidOperationException">Another call is reading, or the last frame's body is streamed: wait for what follows it first.</exception>
    /// <exception cref="ObjectDisposedException">The reader was completed or detached.</exception>
    public PipeReader Detach()
    {
        _parser.Gate.Enter();
        try
        {
            if (_parser.Body is not null || _parser.State == ParserState.Trailer)
            {
                throw new InvalidOperationException("The last frame's body is streamed, so the input is not at a border of frames: wait for what follows it first.");
            }

            _parser.Detach();
            _parser.Gate.HandOn();
        }
        finally
        {
            _ = _parser.Gate.Exit();
        }

        return _parser.Input;
    }

    /// <summary>Ends reading: the last frame becomes stale, a pending wait returns <see langword="false"/>, and the input is completed. Idempotent.</summary>
    /// <param name="exception">Why, for the writing side of the pipe; <see langword="null"/> for a plain end.</param>
    /// <returns>A task that ends when the input is completed.</returns>
    public async ValueTask CompleteAsync(Exception? exception = null)
    {
        if (IsDetached)
        {
            return;
        }

        // Nobody takes anything behind the end, which is where most connections are disposed: that saves a barrier.
        var hasEnded = _parser.HasEnded;
        var isAlone = _parser.Gate.Close();
        if (!hasEnded)
        {
            await _parser.Gate.AwaitTakeAsync().ConfigureAwait(false);
        }

        if (!isAlone)
        {
            _pump.Cut(null);
            await _parser.Gate.Left.ConfigureAwait(false);
            if (IsDetached)
            {
                return;
            }
        }

        _parser.EndFrame();
        _parser.Lease.Forget();
        _parser.End(ParserState.Closed);
        _parser.Window.Clear();
        await _parser.Input.CompleteAsync(exception).ConfigureAwait(false);
    }

    /// <summary>What lends the frames.</summary>
    internal FrameLease Lease => _parser.Lease;

    /// <summary>Whether reading was ended, or the input given back.</summary>
    internal bool IsClosed => _parser.Gate.IsClosed;

    /// <summary>Whether the input was given back.</summary>
    internal bool IsDetached => _parser.Gate.IsHandedOn;

    /// <summary>How many bytes the last read gave, with what was left of the one before.</summary>
    internal long ArrivedLength => _parser.Window.Loaded;

    /// <summary>Whether a frame could be taken now, without waiting; not while another call waits for one, which alone may look.</summary>
    internal bool IsReady()
    {
        if (_parser.Gate.IsReading || !_parser.Gate.TryBeginTake())
        {
            return false;
        }

        try
        {
            return _parser.IsReady();
        }
        finally
        {
            _parser.Gate.EndTake();
        }
    }

    /// <summary>Whether its caller was told that no frame follows, because the peer ended or this side stops.</summary>
    internal bool HasReadEnd => _parser.State == ParserState.Ended;

    /// <summary>Whether the end is no loss: this side ended its output before it.</summary>
    internal bool ExpectsEnd { get; set; }

    /// <summary>Says that this side ends its output now.</summary>
    internal void ExpectEnd() => ExpectsEnd |= !HasReadEnd;

    /// <summary>What is waited for now. Any thread.</summary>
    internal ReadState State => new(Phase, _pump.Batches, _parser.Body, HasBegun);

    /// <summary>Whether a frame was taken, here or before another framing went on here.</summary>
    internal bool HasTaken
    {
        get => field || _parser.Lease.HasLent;
        set;
    }

    // Before the first header is complete, all time counts. Later, what was read is given back before the next read is
    // awaited: until then, nothing is. What lies inside another stream may have begun there.
    private ReadPhase Phase => !_parser.Gate.IsReading ? ReadPhase.None
        : !HasTaken && _parser.State == ParserState.Head ? ReadPhase.FirstHeader
        : _parser.Window.IsLent ? ReadPhase.None
        : HasBegun || _parser.Body is not null ? ReadPhase.Frame
        : ReadPhase.Border;

    private bool HasBegun => _parser.Needed > 0 || _parser.Input is ITruncatedStream { IsInPart: true };

    /// <summary>Makes the frame that is lent stale.</summary>
    internal void EndFrame() => _parser.EndFrame();

    /// <summary>
    /// Asks for a calm end: frames that have arrived are still read, one that has begun is read to its end, and then
    /// <see cref="WaitToReadAsync"/> returns <see langword="false"/>. Any thread.
    /// </summary>
    internal void RequestStop() => _pump.RequestStop();

    /// <summary>Ends reading now, whatever has arrived: a pending wait throws the reason, or returns <see langword="false"/> without one. Any thread.</summary>
    internal void Cut(FramedSocketException? reason) => _pump.Cut(reason);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<Frame<THeader>> WaitAndReadAsync(CancellationToken cancellationToken) =>
        await WaitToReadAsync(cancellationToken).ConfigureAwait(false) && TryRead(out var frame) ? frame : throw NoFrame.Create();
}
