using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace FramedSockets.Codecs;

/// <summary>
/// The bytes of a header that stand before and after its length. A value: it holds its bytes in itself and allocates
/// nothing.
/// </summary>
public readonly struct LengthFieldHeader : IEquatable<LengthFieldHeader>
{
    /// <summary>The most bytes that it holds, before and after the length together.</summary>
    public const int MaxLength = 16;

    private readonly Block _bytes;
    private readonly byte _before;
    private readonly byte _after;

    /// <summary>Creates a header.</summary>
    /// <param name="before">The bytes before the length.</param>
    /// <param name="after">The bytes between the length and the body.</param>
    /// <exception cref="ArgumentException">They are more than <see cref="MaxLength"/> in all.</exception>
    public LengthFieldHeader(ReadOnlySpan<byte> before, ReadOnlySpan<byte> after = default)
    {
        if (before.Length + after.Length > MaxLength)
        {
            throw new ArgumentException($"A header holds {MaxLength} bytes; these are {before.Length} and {after.Length}.", nameof(before));
        }

        before.CopyTo(_bytes);
        after.CopyTo(_bytes[before.Length..]);
        _before = (byte)before.Length;
        _after = (byte)after.Length;
    }

    /// <summary>The bytes before the length.</summary>
    [UnscopedRef]
    public ReadOnlySpan<byte> Before => _bytes[.._before];

    /// <summary>The bytes between the length and the body.</summary>
    [UnscopedRef]
    public ReadOnlySpan<byte> After => _bytes[_before..(_before + _after)];

    /// <summary>Whether two headers hold the same bytes in the same places.</summary>
    /// <param name="left">One.</param>
    /// <param name="right">The other.</param>
    /// <returns><see langword="true"/> when they do.</returns>
    public static bool operator ==(in LengthFieldHeader left, in LengthFieldHeader right) => left.Equals(right);

    /// <summary>Whether two headers differ.</summary>
    /// <param name="left">One.</param>
    /// <param name="right">The other.</param>
    /// <returns><see langword="true"/> when they do.</returns>
    public static bool operator !=(in LengthFieldHeader left, in LengthFieldHeader right) => !left.Equals(right);

    /// <inheritdoc/>
    public bool Equals(LengthFieldHeader other) => Before.SequenceEqual(other.Before) && After.SequenceEqual(other.After);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is LengthFieldHeader other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.AddBytes(Before);
        hash.AddBytes(After);
        return hash.ToHashCode();
    }

    /// <summary>The bytes in hexadecimal, with <c>|</c> where the length stands.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => $"{Convert.ToHexString(Before)}|{Convert.ToHexString(After)}";

    [InlineArray(MaxLength)]
    private struct Block
    {
        private byte _first;
    }
}
