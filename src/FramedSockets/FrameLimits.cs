namespace FramedSockets;

/// <summary>
/// What a peer may ask for. Checked on declared lengths, before a byte of what they declare is buffered or allocated,
/// and in the same way on frames that are sent. Immutable and safe to share.
/// </summary>
public sealed record FrameLimits
{
    /// <summary>The limits with every default.</summary>
    public static FrameLimits Default { get; } = new();

    /// <summary>The longest header.</summary>
    /// <value>Bytes, without a length that stands before them; 1 to 16,777,216; 16,384 by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public int MaxHeaderLength
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, 16 * 1024 * 1024);
            field = value;
        }
    } = 16 * 1024;

    /// <summary>The longest body, streamed ones included.</summary>
    /// <value>Bytes; 0 or more; 67,108,864 (64 MiB) by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public long MaxBodyLength
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            field = value;
        }
    } = 64 * 1024 * 1024;

    /// <summary>What becomes of a frame that declares a longer body than <see cref="MaxBodyLength"/>.</summary>
    /// <value>
    /// <see cref="OversizePolicy.Close"/> by default. <see cref="OversizePolicy.Skip"/> needs a framing that says a body's length
    /// first; one that looks for its end, or whose length is beyond any number, is refused all the same.
    /// </value>
    /// <exception cref="ArgumentOutOfRangeException">The value is none of those named.</exception>
    public OversizePolicy Oversize
    {
        get;
        init => field = Enum.IsDefined(value) ? value : throw new ArgumentOutOfRangeException(nameof(value));
    }

    /// <summary>The longest body that is held in memory whole; a longer one is streamed through <see cref="Frame{THeader}.BodyReader"/>, or refused where the body ends by its content (lines, delimiters).</summary>
    /// <value>Bytes; 0 (stream every body that is not empty) to 1,073,741,824; 1,048,576 (1 MiB) by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public int MaxBufferedBodyLength
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, 1024 * 1024 * 1024);
            field = value;
        }
    } = 1024 * 1024;
}
