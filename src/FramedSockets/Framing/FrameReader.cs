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
    private readonly PipeReader _input;
    private readonly FrameDecoder<THeader> _decoder;
    private readonly FrameLease _lease;
    private readonly ReadWindow _window = new();
    private readonly HeadAssembler _head;
    private readonly FrameLimits _limits;
    private State _state;
    private THeader _header = default!;
    private HeaderDecodeResult _layout;
    private long _needed;
    private BodyPipeReader? _body;
    private FramedSocketException? _failure;
    private volatile bool _stopping;
    private volatile bool _cut;

    /// <summary>Creates a reader.</summary>
    /// <param name="input">Where the bytes come from.</param>
    /// <param name="codec">The framing.</param>
    /// <param name="limits">The limits; <see cref="FrameLimits.Default"/> when <see langword="null"/>.</param>
    /// <param name="pool">Where copies of frames, and heads that cross segments, are kept; <see cref="ArrayPool{T}.Shared"/> when <see langword="null"/>.</param>
    public FrameReader(PipeReader input, IHeaderCodec<THeader> codec, FrameLimits? limits = null, ArrayPool<byte>? pool = null)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(codec);
        pool ??= ArrayPool<byte>.Shared;
        _input = input;
        _decoder = new(codec);
        _limits = limits ?? FrameLimits.Default;
        _lease = new(pool);
        _head = new(pool);
    }

    private enum State : byte
    {
        /// <summary>At the first byte of a frame.</summary>
        Head,

        /// <summary>The header is decoded; the rest has not arrived.</summary>
        Body,

        /// <summary>The next frame can be taken.</summary>
        Ready,

        /// <summary>A streamed body was handed out.</summary>
        Stream,

        /// <summary>A streamed body is over; its trailer is next.</summary>
        Trailer,

        /// <summary>The input ended, or failed.</summary>
        Ended,
    }

    /// <summary>Takes the next frame, if it has arrived. Ends the frame before.</summary>
    /// <param name="frame">The frame.</param>
    /// <returns><see langword="false"/> when no whole frame is there: <see cref="WaitToReadAsync"/> says why.</returns>
    public bool TryRead(out Frame<THeader> frame)
    {
        if (_state == State.Head && _window.TryGetSpan(out var source))
        {
            var layout = _decoder.Decode(source, new(_limits, _head.Examined), out var header);
            if (layout.IsComplete && layout.TrailerLength == 0 && layout.BodyLength <= _limits.MaxBufferedBodyLength
                && (ulong)layout.BodyLength <= (ulong)(source.Length - layout.HeaderLength) && _window.IsArray)
            {
                _head.Reset();
                frame = new(header, _lease, _window.Lend(_lease, layout.HeaderLength, (int)layout.BodyLength));
                return true;
            }

            if (!Accept(layout, header, source.Length))
            {
                return None(out frame);
            }
        }

        return TryReady() ? Take(out frame) : None(out frame);
    }

    /// <summary>Waits until a frame can be taken. Ends the frame before.</summary>
    /// <param name="cancellationToken">Ends the wait; nothing is lost and reading may go on.</param>
    /// <returns><see langword="true"/> when a frame is there; <see langword="false"/> after the last one.</returns>
    /// <exception cref="FramedSocketException">The bytes were refused, or the stream ended or broke; each later call throws the same.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public ValueTask<bool> WaitToReadAsync(CancellationToken cancellationToken = default)
    {
        _lease.Revoke();
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<bool>(cancellationToken);
        }

        return TryReady() ? new(true)
            : _failure is { } failure ? ValueTask.FromException<bool>(failure)
            : _state == State.Ended ? new(false)
            : ReadAsync(cancellationToken);
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

    /// <summary>Ends reading: the last frame becomes stale and the input is completed.</summary>
    /// <param name="exception">Why, for the writing side of the pipe; <see langword="null"/> for a plain end.</param>
    /// <returns>A task that ends when the input is completed.</returns>
    public ValueTask CompleteAsync(Exception? exception = null)
    {
        EndFrame();
        _state = State.Ended;
        _window.Clear();
        _head.Reset();
        return _input.CompleteAsync(exception);
    }

    /// <summary>Makes the frame that is lent stale.</summary>
    internal void EndFrame() => _lease.Revoke();

    /// <summary>
    /// Asks for a calm end: frames that have arrived are still read, one that has begun is read to its end, and then
    /// <see cref="WaitToReadAsync"/> returns <see langword="false"/>. Any thread.
    /// </summary>
    internal void RequestStop()
    {
        _stopping = true;
        _input.CancelPendingRead();
    }

    /// <summary>Ends reading now: a pending wait returns <see langword="false"/>, whatever has arrived. Any thread.</summary>
    internal void Cut()
    {
        _cut = true;
        _input.CancelPendingRead();
    }

    /// <summary>Whether a frame could be taken now, without waiting.</summary>
    internal bool TryReady()
    {
        switch (_state)
        {
            case State.Ready:
                return true;
            case State.Head:
                return _window.TryGetSpan(out var source)
                    && Accept(_decoder.Decode(source, new(_limits, _head.Examined), out var header), header, source.Length);
            case State.Body:
                return IsWhole();
            case State.Trailer when _window.Length >= _layout.TrailerLength:
                return TakeTrailer(0) && TryReady();
            default:
                return false;
        }
    }

    /// <summary>Follows a decoder's answer that was given on the first <paramref name="seen"/> bytes of the frame.</summary>
    private bool Accept(HeaderDecodeResult result, THeader header, int seen)
    {
        while (!result.IsComplete)
        {
            if (result.IsCorrupt)
            {
                return Fail(result.ToException());
            }

            _needed = Math.Max(result.Needed, seen + 1L);
            _head.Examined = result.Examined;
            if (_needed > _window.Length)
            {
                return false;
            }

            var source = _head.Assemble(_window, result.Needed > seen ? result.Needed : 0);
            seen = source.Length;
            result = _decoder.Decode(source, new(_limits, _head.Examined), out header);
        }

        _head.Reset();
        _header = header;
        _layout = result;
        _state = State.Body;
        return IsWhole();
    }

    private bool IsWhole()
    {
        if (!IsStreamed)
        {
            _needed = _layout.HeaderLength + _layout.BodyLength + _layout.TrailerLength;
            if (_needed > _window.Length || !TakeTrailer(_layout.HeaderLength + _layout.BodyLength))
            {
                return false;
            }
        }

        _state = State.Ready;
        return true;
    }

    private bool IsStreamed => _layout.BodyLength is HeaderDecodeResult.UntilEnd || _layout.BodyLength > _limits.MaxBufferedBodyLength;

    /// <summary>Checks the trailer that begins at an offset; one that stands alone, after a streamed body, is also consumed.</summary>
    private bool TakeTrailer(long offset)
    {
        var length = _layout.TrailerLength;
        if (length > 0)
        {
            Span<byte> trailer = stackalloc byte[HeaderDecodeResult.MaxTrailerLength];
            trailer = trailer[..length];
            _window.CopyTo(offset, trailer);
            if (!_decoder.IsTrailerValid(trailer))
            {
                return Fail(new(FramedSocketError.MalformedTrailer, $"The {length} bytes after a body are not the trailer of the framing."));
            }
        }

        if (_state == State.Trailer)
        {
            _window.Skip(length);
            _state = State.Head;
        }

        return true;
    }

    private bool Take(out Frame<THeader> frame)
    {
        frame = new(_header, _lease, IsStreamed ? LendStream() : LendBuffer());
        return true;
    }

    private long LendBuffer()
    {
        _state = State.Head;
        var version = _window.Lend(_lease, _layout.HeaderLength, (int)_layout.BodyLength);
        _window.Skip(_layout.TrailerLength);
        return version;
    }

    private long LendStream()
    {
        _state = State.Stream;
        _window.Skip(_layout.HeaderLength);
        _window.Release(_input, examineAll: false);
        _body = new(_input, _layout.BodyLength);
        return _lease.Lend(_body, _layout.BodyLength);
    }

    private bool None(out Frame<THeader> frame)
    {
        _lease.Revoke();
        frame = default;
        return false;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> ReadAsync(CancellationToken cancellationToken)
    {
        do
        {
            if (_state == State.Stream)
            {
                await SkipBodyAsync(cancellationToken).ConfigureAwait(false);
            }

            var left = _window.Length;
            _window.Release(_input, examineAll: true);
            ReadResult result;
            try
            {
                result = await ReceiveAsync(left, cancellationToken).ConfigureAwait(false);
            }
            catch (FramedSocketException e)
            {
                _ = Fail(left > 0 || _state != State.Head ? Truncation.Of(e, left) : e);
                throw _failure!;
            }

            _window.Load(result.Buffer);
            if (!TryReady() && !GoesOn(result))
            {
                return _failure is null ? false : throw _failure;
            }
        }
        while (_state != State.Ready);
        return true;
    }

    /// <summary>Whether to read on after a read that completed no frame.</summary>
    private bool GoesOn(in ReadResult result)
    {
        if (_failure is not null)
        {
            return false;
        }

        if (result.IsCanceled && _cut)
        {
            return End();
        }

        var isAtBorder = _window.Length == 0 && _state == State.Head;
        if (result.IsCompleted)
        {
            return isAtBorder ? End() : Fail(Truncation.AtEnd(_window.Length, _needed));
        }

        if (!result.IsCanceled)
        {
            return true;
        }

        return !_stopping ? throw new OperationCanceledException("The read was cancelled.") : !isAtBorder || End();
    }

    private ValueTask<ReadResult> ReceiveAsync(long left, CancellationToken cancellationToken)
    {
        if (left > 0 && _needed > left)
        {
            return _input.ReadAtLeastAsync((int)Math.Min(_needed, int.MaxValue), cancellationToken);
        }

        var read = _input.ReadAsync(cancellationToken);
        if (_stopping && _state == State.Head && !read.IsCompleted)
        {
            _input.CancelPendingRead();
        }

        return read;
    }

    private async ValueTask SkipBodyAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _body!.SkipAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (FramedSocketException e)
        {
            _ = Fail(e);
            throw;
        }

        _body = null;
        _needed = _layout.TrailerLength;
        _state = _layout.TrailerLength > 0 ? State.Trailer : State.Head;
    }

    private bool End()
    {
        _state = State.Ended;
        return false;
    }

    private bool Fail(FramedSocketException failure)
    {
        _failure = failure;
        _head.Reset();
        return End();
    }
}
