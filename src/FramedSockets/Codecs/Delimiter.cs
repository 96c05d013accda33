namespace FramedSockets.Codecs;

/// <summary>The bytes that end something, found without looking at a byte again.</summary>
internal readonly struct Delimiter
{
    private readonly byte[] _bytes;

    public Delimiter(ReadOnlySpan<byte> bytes, int longest)
    {
        if (bytes.Length == 0 || bytes.Length > longest)
        {
            throw new ArgumentException($"A delimiter here has 1 to {longest} bytes; this one has {bytes.Length}.", nameof(bytes));
        }

        _bytes = bytes.ToArray();
    }

    public ReadOnlySpan<byte> Bytes => _bytes;

    public int Length => _bytes.Length;

    /// <summary>Finds the delimiter in bytes of which the first ones were looked at before; -1 where it is not there yet.</summary>
    public int Find(ReadOnlySpan<byte> source, int examined)
    {
        var index = source[examined..].IndexOf(_bytes);
        return index < 0 ? -1 : examined + index;
    }

    /// <summary>How many of the bytes without the delimiter cannot be its beginning.</summary>
    public int CountSettled(ReadOnlySpan<byte> source) => Math.Max(0, source.Length - (_bytes.Length - 1));

    /// <summary>Whether content, with the delimiter behind it, would end where it does: neither it nor where the two meet holds the delimiter.</summary>
    public bool CanEnd(ReadOnlySpan<byte> content)
    {
        if (content.IndexOf(_bytes) >= 0)
        {
            return false;
        }

        var overlap = content[^Math.Min(content.Length, _bytes.Length - 1)..];
        Span<byte> border = stackalloc byte[2 * HeaderDecodeResult.MaxTrailerLength];
        overlap.CopyTo(border);
        _bytes.CopyTo(border[overlap.Length..]);
        return border[..(overlap.Length + _bytes.Length)].IndexOf(_bytes) == overlap.Length;
    }
}
