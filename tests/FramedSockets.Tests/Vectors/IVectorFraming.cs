using System.Buffers;

namespace FramedSockets.Tests.Vectors;

/// <summary>The framing of a vector, its header's type hidden.</summary>
public interface IVectorFraming
{
    /// <summary>What a stream in memory is taken for: the frames' heads and bodies, and the error.</summary>
    string Decode(in ReadOnlySequence<byte> wire);

    /// <summary>What a stream is taken for that arrives part by part.</summary>
    Task<string> DecodeAsync(IEnumerable<ReadOnlyMemory<byte>> parts);

    /// <summary>The bytes of the frames, encoded again.</summary>
    byte[] EncodeAgain(byte[] wire);

    /// <summary>What a vector asks for, in the same words.</summary>
    string Expect(FramingVector vector);
}
