using System.Buffers;

namespace FramedSockets.Framing;

/// <summary>
/// Asks the codec for a header, checks it against the limits, and only then writes header, body and trailer together: a
/// refused frame leaves the output untouched. A body is looked through last, when its length is known to be within the
/// limits. Not thread-safe: it owns the header's scratch.
/// </summary>
internal sealed class FrameEncoder<THeader>(IHeaderCodec<THeader> codec, ArrayPool<byte> pool)
{
    private const int LeastPlace = 64;

    private readonly bool _delimitsByContent = codec.DelimitsByContent;
    private readonly byte[] _trailer = codec.Trailer.ToArray();
    private HeaderBuffer? _header;

    /// <summary>Makes another, with a scratch of its own.</summary>
    public FrameEncoder<THeader> Another() => new(codec, pool);

    /// <summary>Writes a whole frame.</summary>
    /// <returns>The bytes written.</returns>
    /// <exception cref="FramedSocketException">The frame cannot be said in this framing or is over a limit; nothing was written.</exception>
    public int Write(IBufferWriter<byte> output, in THeader header, ReadOnlySpan<byte> body, FrameLimits limits)
    {
        var head = Encode(header, body.Length, limits);
        if (_delimitsByContent)
        {
            codec.CheckBody(body);
        }

        var total = head.Length + Held(body.Length, head.Length + _trailer.Length) + _trailer.Length;
        var target = output.GetSpan(total);
        head.CopyTo(target);
        body.CopyTo(target[head.Length..]);
        if (_trailer.Length > 0)
        {
            _trailer.CopyTo(target[(head.Length + body.Length)..]);
        }

        output.Advance(total);
        return total;
    }

    /// <summary>Writes a whole frame, its header in place.</summary>
    /// <returns>The bytes written; 0, and nothing written, where the codec or the window has no place for it.</returns>
    /// <exception cref="FramedSocketException">The frame cannot be said in this framing or is over a limit; nothing was written.</exception>
    public int TryWrite(ref OutputWindow window, in THeader header, ReadOnlySpan<byte> body, FrameLimits limits)
    {
        CheckLength(body.Length, limits);
        var behind = body.Length + _trailer.Length;
        if (_delimitsByContent || !window.TryGet(checked(behind + LeastPlace), out var target)
            || !codec.TryEncode(header, new(limits, body.Length), target[..^behind], out var head))
        {
            return 0;
        }

        var place = target.Length - behind;
        if ((uint)head > (uint)Math.Min(place, Most(limits)))
        {
            RefuseHead(head, place, limits);
        }

        body.CopyTo(target[head..]);
        if (_trailer.Length > 0)
        {
            _trailer.CopyTo(target[(head + body.Length)..]);
        }

        window.Advance(head + behind);
        return head + behind;
    }

    /// <summary>Writes a whole frame.</summary>
    /// <returns>The bytes written.</returns>
    /// <exception cref="FramedSocketException">The frame cannot be said in this framing or is over a limit; nothing was written.</exception>
    public int Write(IBufferWriter<byte> output, in THeader header, in ReadOnlySequence<byte> body, FrameLimits limits)
    {
        if (body.IsSingleSegment)
        {
            return Write(output, header, body.FirstSpan, limits);
        }

        var head = Encode(header, body.Length, limits);
        if (_delimitsByContent)
        {
            CheckBody(body);
        }

        // One piece, so that memory that cannot be had leaves no part of a frame behind.
        var length = Held(body.Length, head.Length + _trailer.Length);
        var total = head.Length + length + _trailer.Length;
        var target = output.GetSpan(total);
        head.CopyTo(target);
        body.CopyTo(target[head.Length..]);
        _trailer.CopyTo(target[(head.Length + length)..]);
        output.Advance(total);
        return total;
    }

    /// <summary>The bytes that follow each body.</summary>
    public int TrailerLength => _trailer.Length;

    /// <summary>Refuses a streamed body that is too long, and any where its content would have to be looked at first.</summary>
    /// <exception cref="FramedSocketException">It is refused.</exception>
    public void CheckStreaming(long bodyLength, FrameLimits limits)
    {
        CheckLength(bodyLength, limits);
        if (_delimitsByContent)
        {
            throw new FramedSocketException(
                FramedSocketError.UnframeableBody, "This framing ends a body by its content, so a body cannot be streamed: send it from memory.");
        }
    }

    /// <summary>Writes the header of a frame whose body is sent from where it lies, or streamed.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="header">The header.</param>
    /// <param name="body">The body; empty where it is streamed.</param>
    /// <param name="bodyLength">Its bytes.</param>
    /// <param name="limits">The limits.</param>
    /// <returns>The bytes written.</returns>
    /// <exception cref="FramedSocketException">The frame cannot be said in this framing or is over a limit; nothing was written.</exception>
    public int WriteHead(IBufferWriter<byte> output, in THeader header, in ReadOnlySequence<byte> body, long bodyLength, FrameLimits limits)
    {
        var head = Encode(header, bodyLength, limits);
        if (_delimitsByContent)
        {
            CheckBody(body);
        }

        return Write(output, head);
    }

    /// <summary>Writes what follows a body.</summary>
    public void WriteTrailer(IBufferWriter<byte> output) => _ = Write(output, _trailer);

    private void CheckBody(in ReadOnlySequence<byte> body)
    {
        if (body.IsSingleSegment)
        {
            codec.CheckBody(body.FirstSpan);
            return;
        }

        var length = Held(body.Length, beside: 0);
        var whole = pool.Rent(length);
        try
        {
            body.CopyTo(whole);
            codec.CheckBody(whole.AsSpan(0, length));
        }
        finally
        {
            pool.Return(whole);
        }
    }

    /// <summary>The length of a body that is held in one array with what stands beside it.</summary>
    private static int Held(long length, int beside)
    {
        if (length > Array.MaxLength - beside)
        {
            Throw(length);
        }

        return (int)length;

        static void Throw(long length) => throw new FramedSocketException(
            FramedSocketError.BodyTooLong, $"The body has {length} bytes; {Array.MaxLength} are the most that is held whole, with its header.");
    }

    private ReadOnlySpan<byte> Encode(in THeader header, long bodyLength, FrameLimits limits)
    {
        CheckLength(bodyLength, limits);
        _header ??= new();
        _header.Begin(Most(limits));
        codec.Encode(header, new(limits, bodyLength), _header);
        return _header.End();
    }

    private static void RefuseHead(int head, int place, FrameLimits limits) => throw ((uint)head > (uint)place
        ? new InvalidOperationException($"The codec's TryEncode says that it wrote {head} bytes into {place}.")
        : new FramedSocketException(FramedSocketError.HeaderTooLong, $"The header has {head} bytes, {Most(limits)} are allowed."));

    private static int Most(FrameLimits limits) => limits.MaxHeaderLength + FrameDecoder<THeader>.HeadOverhead;

    private static void CheckLength(long bodyLength, FrameLimits limits)
    {
        if (bodyLength > limits.MaxBodyLength)
        {
            Throw(bodyLength, limits);
        }

        static void Throw(long bodyLength, FrameLimits limits) => throw new FramedSocketException(
            FramedSocketError.BodyTooLong, $"The body has {bodyLength} bytes, over the limit of {limits.MaxBodyLength}.");
    }

    private static int Write(IBufferWriter<byte> output, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > 0)
        {
            // One piece, as whole frames are.
            bytes.CopyTo(output.GetSpan(bytes.Length));
            output.Advance(bytes.Length);
        }

        return bytes.Length;
    }
}
