namespace FramedSockets.Fuzz.Targets;

/// <summary>Takes choices from the first bytes of an input; where it has run out, every choice is the first.</summary>
internal ref struct FuzzInput(ReadOnlySpan<byte> input)
{
    private ReadOnlySpan<byte> _rest = input;

    public readonly bool IsEmpty => _rest.IsEmpty;

    /// <summary>All that is left.</summary>
    public readonly byte[] Rest => _rest.ToArray();

    public byte Byte()
    {
        if (_rest.IsEmpty)
        {
            return 0;
        }

        var value = _rest[0];
        _rest = _rest[1..];
        return value;
    }

    public int Below(int end) => Byte() % end;

    public bool Flag() => (Byte() & 1) != 0;

    public T OneOf<T>(params ReadOnlySpan<T> choices) => choices[Below(choices.Length)];

    /// <summary>The next bytes, as many as there are.</summary>
    public byte[] Take(int count)
    {
        var taken = _rest[..Math.Min(count, _rest.Length)].ToArray();
        _rest = _rest[taken.Length..];
        return taken;
    }

    /// <summary>Eight bytes as a number.</summary>
    public long Number()
    {
        long number = 0;
        for (var i = 0; i < sizeof(long); i++)
        {
            number = (number << 8) | Byte();
        }

        return number;
    }
}
