using System.Buffers;
using System.IO.Pipelines;

namespace FramedSockets.Framing;

/// <summary>
/// Turns what was received into frames, without waiting: the states of a frame, from its first byte to the moment it is
/// lent. A header is decoded once, and its limits are checked before its body is waited for.
/// </summary>
internal sealed class FrameParser<THeader>(
    PipeReader input, IHeaderCodec<THeader> codec, FrameLimits limits, ArrayPool<byte> pool, ReadGate gate, IFailureListener? listener)
{
    private readonly FrameDecoder<THeader> _decoder = new(codec);
    private LimitsInForce _limits = new(limits);
    private HeadAssembler? _head;
    private ReadWindow _window;
    private THeader _header = default!;
    private HeaderDecodeResult _layout;
    private volatile bool _hasEnded;

    /// <summary>Where the bytes come from.</summary>
    public PipeReader Input => input;

    /// <summary>Lets one reader in.</summary>
    public ReadGate Gate => gate;

    /// <summary>What was received and no frame has taken.</summary>
    public ref ReadWindow Window => ref _window;

    /// <summary>Where the body of the frame that was taken lies.</summary>
    public FrameLease Lease { get; } = new(pool);

    /// <summary>How many bytes the frame that has begun asks for, in all, before it is worth another look.</summary>
    public long Needed { get; private set; }

    /// <summary>The streamed body that was handed out and not yet ended.</summary>
    public BodyPipeReader? Body { get; private set; }

    /// <summary>Why no frame follows, if not by an end: the bytes were refused or cut short, or the stream had failed before.</summary>
    public FramedSocketException? Failure { get; set; }

    /// <summary>Whether no frame has begun.</summary>
    public bool IsAtBorder => State == ParserState.Head && Window.Length == 0;

    /// <summary>What of a frame is next.</summary>
    public ParserState State { get; private set; }

    /// <summary>Whether no frame follows. Whoever sees it may give the input back: it is not touched any more. Any thread.</summary>
    public bool HasEnded => _hasEnded;

    /// <summary>The limits from the next frame on: at once, unless a frame has begun under the old ones.</summary>
    public FrameLimits Limits
    {
        get => _limits.Next;
        set
        {
            _limits.Next = value;
            if (State == ParserState.Trailer || (State is not (ParserState.Body or ParserState.Ready) && Needed == 0))
            {
                _limits.Apply();
            }
        }
    }

    private bool IsStreamed => _layout.BodyLength is HeaderDecodeResult.UntilEnd || _layout.BodyLength > _limits.MostBuffered;

    /// <summary>Takes the next frame if it is whole; ends the one before.</summary>
    /// <returns>The version of <see cref="Lease"/> that lends its body, or 0 where there is no frame.</returns>
    public long TryTake(out THeader header)
    {
        if (State == ParserState.Head && Needed == 0 && Window.TryGetArray(out var array, out var start, out var length))
        {
            var isDecoding = true;
            try
            {
                // Called from here, and not through the decoder, so that the codec can be inlined: this is every small frame's way.
                var layout = codec.Decode(new(array, start, length), _limits.FirstLook, out header);
                isDecoding = false;
                var head = layout.HeaderLength;
                var body = layout.BodyLength;
                if ((uint)(head - 1) < (uint)_limits.MaxHeaderLength && layout.TrailerLength == 0
                    && (ulong)body <= (ulong)_limits.MostBuffered && body <= length - head)
                {
                    Window.Advance(head + (int)body);
                    return Lease.Lend(array, start + head, (int)body);
                }

                return Accept(FrameDecoder<THeader>.Check(layout, length, _limits.Now), header, length) ? Take(out header) : None(out header);
            }
            catch (Exception e) when (isDecoding && e is not OutOfMemoryException)
            {
                _ = Fail(FrameDecoder<THeader>.Refuse(e).ToException());
                return None(out header);
            }
        }

        return IsReady() ? Take(out header) : None(out header);
    }

    /// <summary>Whether a frame could be taken now.</summary>
    public bool IsReady()
    {
        switch (State)
        {
            case ParserState.Ready:
                return true;
            case ParserState.Head:
                return TryGetHead(out var source)
                    && Accept(_decoder.Decode(source, new(_limits.Now, _head?.Examined ?? 0), out var header), header, source.Length);
            case ParserState.Body:
                return IsWhole();
            case ParserState.Trailer when Window.Length >= _layout.TrailerLength:
                return TakeTrailer(0) && IsReady();
            default:
                return false;
        }
    }

    /// <summary>Makes the frame that is lent stale.</summary>
    public void EndFrame()
    {
        Lease.Revoke();
        Body?.Revoke();
    }

    /// <summary>Goes on behind a streamed body.</summary>
    public void EndBody()
    {
        (Body, Needed) = (null, _layout.TrailerLength);
        State = _layout.TrailerLength > 0 ? ParserState.Trailer : ParserState.Head;
    }

    /// <summary>Gives the input back at the first byte that no frame has taken; no frame follows.</summary>
    public void Detach()
    {
        EndFrame();
        Lease.Forget();
        Window.Release(input);
        End(ParserState.Closed);
    }

    /// <summary>No frame follows. What ended first stays ended.</summary>
    public void End(ParserState state = ParserState.Ended)
    {
        State = _hasEnded ? State : state;
        _head?.Reset();
        _hasEnded = true;
    }

    /// <summary>No frame follows, for a reason; the first one stays.</summary>
    public FramedSocketException Fail(FramedSocketException failure)
    {
        End();
        return Failure ??= failure;
    }

    /// <summary>Follows a decoder's answer that was given on the first <paramref name="seen"/> bytes of the frame.</summary>
    private bool Accept(HeaderDecodeResult result, THeader header, int seen)
    {
        while (!result.IsComplete)
        {
            if (result.IsCorrupt)
            {
                _ = Fail(result.ToException());
                return false;
            }

            Needed = Math.Max(result.Needed, seen + 1L);
            _head ??= new(pool);
            _head.Examined = result.Examined;
            if (Needed > Window.Length)
            {
                return false;
            }

            var source = _head.Assemble(Window, result.Needed > seen ? result.Needed : 0);
            seen = source.Length;
            result = _decoder.Decode(source, new(_limits.Now, _head?.Examined ?? 0), out header);
        }

        _head?.Reset();
        Needed = 0;
        _header = header;
        _layout = result;
        State = ParserState.Body;
        return IsWhole();
    }

    /// <summary>
    /// Shows the head of the next frame as far as it is contiguous, but never less of it than the codec has seen, and nothing
    /// before there is as much as it asked for.
    /// </summary>
    private bool TryGetHead(out ReadOnlySpan<byte> source)
    {
        Window.GoOn();
        if (!Window.TryGetSpan(out source) || Window.Length < Needed)
        {
            return false;
        }

        if (_head is { } head && source.Length < head.Length)
        {
            source = head.Assemble(Window, 0);
        }

        return true;
    }

    private bool IsWhole()
    {
        Needed = IsStreamed ? _layout.HeaderLength : _layout.HeaderLength + _layout.BodyLength + _layout.TrailerLength;
        if (Needed > Window.Length || (!IsStreamed && !TakeTrailer(_layout.HeaderLength + _layout.BodyLength)))
        {
            return false;
        }

        Needed = 0;
        State = ParserState.Ready;
        return true;
    }

    /// <summary>Checks the trailer that begins at an offset; one that stands alone, after a streamed body, is also taken.</summary>
    private bool TakeTrailer(long offset)
    {
        var length = _layout.TrailerLength;
        if (length > 0 && !_decoder.IsTrailerValid(Window, offset, length, out var thrown))
        {
            _ = Fail(FrameDecoder<THeader>.RefuseTrailer(length, thrown));
            return false;
        }

        if (State == ParserState.Trailer)
        {
            Window.Skip(length);
            Needed = 0;
            State = ParserState.Head;
        }

        return true;
    }

    private long Take(out THeader header)
    {
        header = _header;
        return IsStreamed ? LendStream() : LendBuffer();
    }

    private long LendBuffer()
    {
        State = ParserState.Head;
        var version = Window.Lend(Lease, _layout.HeaderLength, (int)_layout.BodyLength);
        Window.Skip(_layout.TrailerLength);
        _limits.Apply();
        return version;
    }

    private long LendStream()
    {
        State = ParserState.Stream;
        var limit = _limits.Now.MaxBodyLength;
        Body = new(input, Gate, _layout.BodyLength, limit, listener);
        Lease.Revoke();
        Window.Skip(_layout.HeaderLength);
        Window.Release(input);
        _limits.Apply();
        return _layout.BodyLength > limit ? Lease.LendNothing(_layout.BodyLength, limit) : Lease.Lend(Body, _layout.BodyLength);
    }

    private long None(out THeader header)
    {
        EndFrame();
        header = default!;
        return 0;
    }
}
