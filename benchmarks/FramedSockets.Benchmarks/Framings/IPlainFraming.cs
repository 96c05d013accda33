using System.Buffers;
using System.IO.Pipelines;
using FramedSockets.Benchmarks.Support;

namespace FramedSockets.Benchmarks.Framings;

/// <summary>A framing as the library has it, and as one writes it by hand. Static, so that the plain side is called directly.</summary>
public interface IPlainFraming
{
    /// <summary>Reads frames with the library.</summary>
    static abstract Func<ValueTask<long>> Reader(byte[] frames, ByteLayout layout);

    /// <summary>Writes so many frames with the library, and flushes.</summary>
    static abstract Func<ReadOnlySequence<byte>, int, ValueTask> Writer();

    /// <summary>Takes a frame by hand; false where it is not whole.</summary>
    static abstract bool TryRead(ref SequenceReader<byte> reader, out ReadOnlySequence<byte> body);

    /// <summary>Writes a frame by hand.</summary>
    static abstract void Write(PipeWriter output, in ReadOnlySequence<byte> body);
}
