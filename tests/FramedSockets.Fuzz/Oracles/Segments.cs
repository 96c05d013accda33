using System.Buffers;

namespace FramedSockets.Fuzz.Oracles;

/// <summary>Bytes in several pieces.</summary>
internal sealed class Segments : ReadOnlySequenceSegment<byte>
{
    private Segments(ReadOnlyMemory<byte> memory, Segments? previous)
    {
        Memory = memory;
        RunningIndex = previous is null ? 0 : previous.RunningIndex + previous.Memory.Length;
        previous?.Next = this;
    }

    public static ReadOnlySequence<byte> Of(byte[] bytes, int length)
    {
        Segments? first = null;
        Segments? last = null;
        for (var at = 0; at < bytes.Length; at += length)
        {
            last = new(bytes.AsMemory(at, Math.Min(length, bytes.Length - at)), last);
            first ??= last;
        }

        return first is null ? default : new(first, 0, last!, last!.Memory.Length);
    }
}
