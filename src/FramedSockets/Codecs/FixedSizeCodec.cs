using System.Buffers;

namespace FramedSockets.Codecs;

/// <summary>Bodies that all have the same size, one behind the other.</summary>
/// <remarks>
/// <code>
/// | n bytes body | n bytes body |
///
/// 61 62 63 64 65 66 67 68               "abcd" and "efgh", with n = 4
/// </code>
/// <para>A body of another size is refused. Thread-safe.</para>
/// </remarks>
public sealed class FixedSizeCodec : IHeaderCodec<NoHeader>
{
    private readonly long _size;

    /// <summary>Creates the codec.</summary>
    /// <param name="size">The size of every body in bytes; 1 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="size"/> is less than 1.</exception>
    public FixedSizeCodec(long size)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        _size = size;
    }

    /// <inheritdoc/>
    public HeaderDecodeResult Decode(ReadOnlySpan<byte> source, in HeaderDecodeContext context, out NoHeader header)
    {
        header = default;
        return HeaderDecodeResult.Complete(0, _size);
    }

    /// <inheritdoc/>
    public void Encode(in NoHeader header, in HeaderEncodeContext context, IBufferWriter<byte> output)
    {
        if (context.BodyLength != _size)
        {
            throw new FramedSocketException(
                FramedSocketError.UnframeableBody, $"The body has {context.BodyLength} bytes; in this framing every body has {_size}.");
        }
    }
}
