namespace FramedSockets;

/// <summary>
/// The outcome of <see cref="IHeaderCodec{THeader}.Decode"/>: a header with the frame's layout, a wish for more bytes, or
/// a refusal. The default value wishes for one byte more.
/// </summary>
public readonly struct HeaderDecodeResult
{
    /// <summary>The body length of a frame whose body lasts until the stream ends.</summary>
    public const long UntilEnd = -1;

    /// <summary>The longest trailer.</summary>
    internal const int MaxTrailerLength = 255;

    private const int CorruptHead = -1;

    // 0: more is needed; above: the header's length + 1; below: refused. One field keeps the result in 24 bytes.
    private readonly int _head;
    private readonly int _trailer;
    private readonly long _number;
    private readonly object? _detail;

    private HeaderDecodeResult(int head, long number, int trailer, object? detail)
    {
        _head = head;
        _number = number;
        _trailer = trailer;
        _detail = detail;
    }

    /// <summary>Whether the header is complete.</summary>
    public bool IsComplete => _head > 0;

    /// <summary>Whether the bytes were refused.</summary>
    public bool IsCorrupt => _head < 0;

    /// <summary>Of a complete header: its bytes, a length that stands before them included.</summary>
    public int HeaderLength => _head - 1;

    /// <summary>Of a complete header: the bytes of the body, or <see cref="UntilEnd"/>.</summary>
    public long BodyLength => _number;

    /// <summary>Of a complete header: the bytes after the body that belong to the frame.</summary>
    public int TrailerLength => _trailer;

    /// <summary>Of a wish for more: how many bytes of the frame, in all, the codec wants to see; 0 where it does not know.</summary>
    public long Needed => _number;

    /// <summary>Of a wish for more: how many bytes of the frame need not be scanned again.</summary>
    public int Examined => _trailer;

    /// <summary>Of a refusal: the reason.</summary>
    public FramedSocketError Error => (FramedSocketError)_trailer;

    /// <summary>The header is complete.</summary>
    /// <param name="headerLength">The header's bytes, a length that stands before them included; 0 to 2,147,483,646.</param>
    /// <param name="bodyLength">The body's bytes, or <see cref="UntilEnd"/>.</param>
    /// <param name="trailerLength">Bytes after the body that belong to the frame; 0 to 255.</param>
    /// <returns>The result. The caller of the codec checks the body's length against the limits.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="headerLength"/> or <paramref name="trailerLength"/> is out of range.</exception>
    public static HeaderDecodeResult Complete(int headerLength, long bodyLength, int trailerLength = 0)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)headerLength, (uint)int.MaxValue, nameof(headerLength));
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)trailerLength, (uint)MaxTrailerLength, nameof(trailerLength));
        return new(headerLength + 1, bodyLength, trailerLength, null);
    }

    /// <summary>The frame's head is not complete yet.</summary>
    /// <param name="needed">How many bytes of the frame, in all, the codec wants to see before it is called again; 0 where it does not know.</param>
    /// <param name="examined">How many bytes of the frame need not be scanned again; handed back in <see cref="HeaderDecodeContext.Examined"/>.</param>
    /// <returns>The result.</returns>
    public static HeaderDecodeResult NeedMore(long needed = 0, int examined = 0) =>
        new(0, needed, examined, null);

    /// <summary>The bytes are refused; the connection ends.</summary>
    /// <param name="error">The reason.</param>
    /// <param name="reason">A constant sentence without the peer's text, such as "The header length is negative".</param>
    /// <param name="value">The number that was refused; it is appended to the message.</param>
    /// <returns>The result.</returns>
    public static HeaderDecodeResult Corrupt(FramedSocketError error, string reason, long value) =>
        new(CorruptHead, value, (int)error, new Refusal(reason, HasValue: true));

    /// <summary>The bytes are refused; the connection ends.</summary>
    /// <param name="error">The reason.</param>
    /// <param name="reason">A constant sentence without the peer's text, such as "The header is not a JSON object".</param>
    /// <param name="cause">The exception behind it, or <see langword="null"/>.</param>
    /// <returns>The result.</returns>
    public static HeaderDecodeResult Corrupt(FramedSocketError error, string reason, Exception? cause = null) =>
        new(CorruptHead, 0, (int)error, cause is null ? reason : new Refusal(reason, HasValue: false, cause));

    /// <summary>The codec threw, and not to refuse the bytes; the connection ends.</summary>
    internal static HeaderDecodeResult Thrown(Exception cause) => new(
        CorruptHead,
        0,
        (int)FramedSocketError.MalformedHeader,
        new Refusal($"The header codec failed with {cause.GetType().Name}", HasValue: false, cause, IsThrown: true));

    /// <summary>What the codec threw, where it did not refuse the bytes.</summary>
    internal Exception? WhatWasThrown => _detail is Refusal { IsThrown: true } refusal ? refusal.Cause : null;

    /// <summary>The exception that a refusal ends the connection with.</summary>
    internal FramedSocketException ToException() => _detail switch
    {
        Refusal { HasValue: true } refusal => new(Error, $"{refusal.Reason}: {_number}."),
        Refusal refusal => new(Error, $"{refusal.Reason}.", refusal.Cause) { IsThrownByCodec = refusal.IsThrown },
        _ => new(Error, $"{_detail}."),
    };

    private sealed record Refusal(string Reason, bool HasValue, Exception? Cause = null, bool IsThrown = false);
}
