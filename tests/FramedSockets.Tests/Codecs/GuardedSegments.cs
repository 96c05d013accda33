using System.Buffers;

namespace FramedSockets.Tests.Codecs;

/// <summary>Sequences of chosen segments, each in an array of its own with guard bytes around it.</summary>
internal sealed class GuardedSegments
{
    private const byte Guard = 0xEE;
    private const int GuardLength = 8;
    private readonly List<byte[]> _arrays = [];

    /// <summary>A sequence with a segment for each part.</summary>
    public ReadOnlySequence<byte> Of(IEnumerable<ReadOnlyMemory<byte>> parts)
    {
        Segment? first = null;
        Segment? last = null;
        foreach (var part in parts)
        {
            last = new(Surround(part.Span), last);
            first ??= last;
        }

        return first is null ? default : new(first, 0, last!, last!.Memory.Length);
    }

    /// <summary>The same, as a slice that ends where a segment ends, with another segment behind it.</summary>
    public ReadOnlySequence<byte> FollowedByAnother(IReadOnlyCollection<ReadOnlyMemory<byte>> parts)
    {
        var more = new byte[16];
        more.AsSpan().Fill((byte)'}');
        return Of(parts.Append(more)).Slice(0, parts.Sum(part => (long)part.Length));
    }

    public void AssertGuards() => Assert.All(
        _arrays, array => Assert.True(!array.AsSpan(0, GuardLength).ContainsAnyExcept(Guard) && !array.AsSpan(^GuardLength..).ContainsAnyExcept(Guard)));

    private ReadOnlyMemory<byte> Surround(ReadOnlySpan<byte> part)
    {
        var array = new byte[part.Length + (2 * GuardLength)];
        array.AsSpan().Fill(Guard);
        part.CopyTo(array.AsSpan(GuardLength));
        _arrays.Add(array);
        return array.AsMemory(GuardLength, part.Length);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, Segment? previous)
        {
            Memory = memory;
            RunningIndex = previous is null ? 0 : previous.RunningIndex + previous.Memory.Length;
            previous?.Next = this;
        }
    }
}
