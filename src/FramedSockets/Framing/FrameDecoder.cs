namespace FramedSockets.Framing;

/// <summary>
/// Asks the codec and checks its answer against the limits, before anything is buffered for what it declares. Pure: no
/// state, no I/O.
/// </summary>
internal readonly struct FrameDecoder<THeader>(IHeaderCodec<THeader> codec)
{
    /// <summary>Bytes of a head that are no header to the limits: a length that stands before it.</summary>
    public const int HeadOverhead = 64;

    /// <summary>Decodes the head of a frame; refusals include those by the limits, and a codec that throws.</summary>
    public HeaderDecodeResult Decode(ReadOnlySpan<byte> source, in HeaderDecodeContext context, out THeader header)
    {
        HeaderDecodeResult result;
        try
        {
            result = codec.Decode(source, context, out header);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            header = default!;
            return Refuse(e);
        }

        var limits = context.Limits;
        return result.IsComplete
            && (ulong)result.BodyLength <= (ulong)limits.MaxBodyLength
            && (uint)(result.HeaderLength - 1) < (uint)limits.MaxHeaderLength
            ? result
            : Check(result, source.Length, limits);
    }

    /// <summary>Whether the bytes after a body, which begin at an offset, are what the codec expects; if it threw, what.</summary>
    public bool IsTrailerValid(in ReadWindow window, long offset, int length, out Exception? thrown)
    {
        Span<byte> trailer = stackalloc byte[HeaderDecodeResult.MaxTrailerLength];
        trailer = trailer[..length];
        window.CopyTo(offset, trailer);
        return IsTrailerValid(trailer, out thrown);
    }

    /// <summary>Whether the bytes after a body are what the codec expects; if it threw, what.</summary>
    public bool IsTrailerValid(ReadOnlySpan<byte> trailer, out Exception? thrown)
    {
        thrown = null;
        try
        {
            return codec.IsTrailerValid(trailer);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            thrown = e;
            return false;
        }
    }

    /// <summary>The reason for bytes after a body that are not what the codec expects.</summary>
    public static FramedSocketException RefuseTrailer(int length, Exception? thrown) => thrown is null
        ? new(FramedSocketError.MalformedTrailer, $"The {length} bytes after a body are not the trailer of the framing.")
        : new(FramedSocketError.MalformedTrailer, $"The codec failed on the {length} bytes after a body with {thrown.GetType().Name}.", thrown)
        {
            IsThrownByCodec = thrown is not FramedSocketException,
        };

    /// <summary>What a codec that throws has said: whatever it throws is the fault of the bytes.</summary>
    public static HeaderDecodeResult Refuse(Exception e) => e is FramedSocketException refusal
        ? HeaderDecodeResult.Corrupt(refusal.Error, refusal.Message.TrimEnd('.'), refusal)
        : HeaderDecodeResult.Thrown(e);

    /// <summary>Checks a codec's answer against the limits.</summary>
    public static HeaderDecodeResult Check(in HeaderDecodeResult result, int seen, FrameLimits limits)
    {
        if (result.IsCorrupt)
        {
            return result;
        }

        return result.IsComplete ? CheckComplete(result, limits) : CheckNeedMore(result, seen, limits);
    }

    private static HeaderDecodeResult CheckComplete(in HeaderDecodeResult result, FrameLimits limits)
    {
        if (result.HeaderLength > limits.MaxHeaderLength + HeadOverhead)
        {
            return HeaderTooLong(result.HeaderLength, limits);
        }

        if (result.BodyLength < HeaderDecodeResult.UntilEnd)
        {
            return HeaderDecodeResult.Corrupt(FramedSocketError.MalformedHeader, "The header declares a negative body length", result.BodyLength);
        }

        if (result.BodyLength > limits.MaxBodyLength && limits.Oversize == OversizePolicy.Close)
        {
            return HeaderDecodeResult.Corrupt(
                FramedSocketError.BodyTooLong, $"The header declares a body over the limit of {limits.MaxBodyLength} bytes", result.BodyLength);
        }

        return result.HeaderLength == 0 && result.BodyLength == 0 && result.TrailerLength == 0
            ? HeaderDecodeResult.Corrupt(FramedSocketError.MalformedHeader, "The header codec took no byte for a frame")
            : result;
    }

    // The codec refuses long headers itself; this is the backstop for one that would go on asking.
    private static HeaderDecodeResult CheckNeedMore(in HeaderDecodeResult result, int seen, FrameLimits limits)
    {
        var most = HeadOverhead + HeaderDecodeResult.MaxTrailerLength
            + Math.Max(limits.MaxHeaderLength, Math.Min(limits.MaxBodyLength, limits.MaxBufferedBodyLength));
        var wanted = Math.Max(result.Needed, seen + 1L);
        return wanted > most ? HeaderTooLong(wanted, limits) : result;
    }

    private static HeaderDecodeResult HeaderTooLong(long length, FrameLimits limits) => HeaderDecodeResult.Corrupt(
        FramedSocketError.HeaderTooLong, $"The header is over the limit of {limits.MaxHeaderLength} bytes", length);
}
