using System.Buffers;

namespace FramedSockets.Tests.Support;

/// <summary>Sequences cut where a test wants them cut, each piece in an array of its own between guard bytes.</summary>
internal static class Segments
{
    private const int Guard = 3;

    public static ReadOnlySequence<byte> Of(ReadOnlySpan<byte> bytes, params int[] cuts)
    {
        Segment? first = null, last = null;
        var start = 0;
        foreach (var end in cuts.Append(bytes.Length))
        {
            last = new(bytes[start..end], last);
            first ??= last;
            start = end;
        }

        return new(first!, 0, last!, last!.Memory.Length);
    }

    public static ReadOnlySequence<byte> OfSingleBytes(ReadOnlySpan<byte> bytes) => Of(bytes, Enumerable.Range(1, bytes.Length - 1).ToArray());

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlySpan<byte> bytes, Segment? previous)
        {
            var array = new byte[bytes.Length + (2 * Guard)];
            array.AsSpan().Fill(0xFF);
            bytes.CopyTo(array.AsSpan(Guard));
            Memory = array.AsMemory(Guard, bytes.Length);
            if (previous is not null)
            {
                RunningIndex = previous.RunningIndex + previous.Memory.Length;
                previous.Next = this;
            }
        }
    }
}
