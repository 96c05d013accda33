namespace FramedSockets.Codecs;

/// <summary>How <see cref="LengthPrefixCodec"/> says a body's length. Immutable and safe to share.</summary>
public sealed record LengthPrefixOptions
{
    /// <summary>The options with every default.</summary>
    public static LengthPrefixOptions Default { get; } = new();

    /// <summary>The length's bytes.</summary>
    /// <value>1, 2, 3, 4 or 8; 4 by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is another.</exception>
    public int Width
    {
        get;
        init => field = LengthField.CheckedWidth(value);
    } = 4;

    /// <summary>The order of the length's bytes.</summary>
    /// <value><see cref="ByteOrder.BigEndian"/> by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is none of those named.</exception>
    public ByteOrder ByteOrder
    {
        get;
        init => field = Enum.IsDefined(value) ? value : throw new ArgumentOutOfRangeException(nameof(value));
    }

    /// <summary>Whether the length counts its own bytes too: an empty body is then said by <see cref="Width"/>, not by 0.</summary>
    /// <value><see langword="false"/> by default.</value>
    public bool CountsItself { get; init; }

    /// <summary>What is added to the length to give the body's, where the length counts something odd.</summary>
    /// <value>Bytes, negative ones included; 0 by default. Not together with <see cref="CountsItself"/>.</value>
    public int Adjustment { get; init; }
}
