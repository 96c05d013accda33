using System.Buffers;
using FramedSockets.Faults.Support;

namespace FramedSockets.Faults.Attacks;

/// <summary>The default wire by a codec that counts its calls, and has a bug.</summary>
internal sealed class FaultyCodec : IHeaderCodec<Order>
{
    /// <summary>Decoding this throws what a bug would throw.</summary>
    public const string Bug = "bug";

    private int _decodes;

    /// <summary>How often it was asked to decode.</summary>
    public int Decodes => Volatile.Read(ref _decodes);

    public HeaderDecodeResult Decode(ReadOnlySpan<byte> source, in HeaderDecodeContext context, out Order header)
    {
        _ = Interlocked.Increment(ref _decodes);
        var result = Wire.Codec.Decode(source, context, out header);
        return header.Do == Bug ? throw new NullReferenceException("A bug of the codec.") : result;
    }

    public void Encode(in Order header, in HeaderEncodeContext context, IBufferWriter<byte> output) => Wire.Codec.Encode(header, context, output);
}
