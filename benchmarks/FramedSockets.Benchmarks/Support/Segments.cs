using System.Buffers;

namespace FramedSockets.Benchmarks.Support;

/// <summary>A sequence of 4 KiB segments.</summary>
internal sealed class Segments : ReadOnlySequenceSegment<byte>
{
    private const int Length = 4096;

    private Segments(ReadOnlyMemory<byte> memory, long index)
    {
        Memory = memory;
        RunningIndex = index;
    }

    public static ReadOnlySequence<byte> Of(byte[] bytes, ByteLayout layout)
    {
        if (layout == ByteLayout.Contiguous || bytes.Length <= Length)
        {
            return new(bytes);
        }

        Segments? first = null;
        Segments? last = null;
        for (var index = 0; index < bytes.Length; index += Length)
        {
            // Each in an array of its own: neighbours in one array could be taken for contiguous bytes.
            var segment = new Segments(bytes.AsSpan(index, Math.Min(Length, bytes.Length - index)).ToArray(), index);
            last?.Next = segment;
            first ??= segment;
            last = segment;
        }

        return new(first!, 0, last!, last!.Memory.Length);
    }
}
