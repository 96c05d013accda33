using System.Buffers;

namespace FramedSockets.Fuzz.Oracles;

/// <summary>Compares a sequence with a span.</summary>
internal readonly ref struct Sequence(ReadOnlySequence<byte> bytes)
{
    private readonly ReadOnlySequence<byte> _bytes = bytes;

    public bool Equals(ReadOnlySpan<byte> others)
    {
        foreach (var segment in _bytes)
        {
            if (segment.Length > others.Length || !segment.Span.SequenceEqual(others[..segment.Length]))
            {
                return false;
            }

            others = others[segment.Length..];
        }

        return others.IsEmpty;
    }
}
