using System.Buffers;

namespace FramedSockets.Codecs;

/// <summary>
/// A length in protobuf's variable form, and then the body: what <c>writeDelimitedTo</c> writes and <c>parseDelimitedFrom</c>
/// reads.
/// </summary>
/// <remarks>
/// <code>
/// | b: varint | b bytes body |          seven bits a byte, the lowest first; the top bit says that another byte follows
///
/// 05 68 65 6C 6C 6F                     "hello"
/// AC 02 …                               300 bytes: 0101100 and, above it, 10
/// </code>
/// <para>
/// A length has 1 to 5 bytes and says at most 4,294,967,295. Longer ones, and ones that are not in their shortest form, are
/// refused. Thread-safe.
/// </para>
/// </remarks>
public sealed class VarintCodec : IHeaderCodec<NoHeader>
{
    private const int MaxWidth = 5;
    private const int Continues = 0x80;

    // What is left of 32 bits in the fifth byte.
    private const int MaxLast = 0x0F;

    /// <inheritdoc/>
    public HeaderDecodeResult Decode(ReadOnlySpan<byte> source, in HeaderDecodeContext context, out NoHeader header)
    {
        header = default;
        var value = 0u;
        for (var i = 0; i < source.Length; i++)
        {
            var current = source[i];
            if (i == MaxWidth - 1 && current > MaxLast)
            {
                return HeaderDecodeResult.Corrupt(
                    FramedSocketError.MalformedHeader, $"The length does not end within {MaxWidth} bytes and {uint.MaxValue}; its last byte is", current);
            }

            value |= (uint)(current & ~Continues) << (7 * i);
            if (current < Continues)
            {
                return current == 0 && i > 0
                    ? HeaderDecodeResult.Corrupt(FramedSocketError.MalformedHeader, "The length is not in its shortest form; its bytes are", i + 1)
                    : HeaderDecodeResult.Complete(i + 1, value);
            }
        }

        return HeaderDecodeResult.NeedMore(source.Length + 1);
    }

    /// <inheritdoc/>
    public void Encode(in NoHeader header, in HeaderEncodeContext context, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        var left = BodyLengths.Checked(context.BodyLength, uint.MaxValue);
        var target = output.GetSpan(MaxWidth);
        var width = 0;
        for (; left >= Continues; left >>= 7)
        {
            target[width++] = (byte)(left | Continues);
        }

        target[width++] = (byte)left;
        output.Advance(width);
    }
}
