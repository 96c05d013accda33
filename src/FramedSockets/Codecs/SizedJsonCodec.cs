using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization.Metadata;

namespace FramedSockets.Codecs;

/// <summary>
/// A JSON header on a wire that begins with the length of all that follows: a frame can be skipped, bounded and passed on
/// without a look at its JSON. With <see cref="JsonViews.Sized"/> that is what is done.
/// </summary>
/// <typeparam name="THeader">The header's type, as for <see cref="JsonHeaderCodec{THeader}"/>.</typeparam>
/// <remarks>
/// <code>
/// 0            4        8              8+h               4+total
/// | total: u32 | h: u32 | h bytes JSON | the body        |       total = 4 + h + the body's bytes
///
/// 12 00 00 00  09 00 00 00  {"id": 7}  hello             by default little-endian; total = 4 + 9 + 5 = 18 = 0x12
/// </code>
/// <para>The header has to be strict JSON, as for <see cref="JsonHeaderCodec{THeader}"/>; no member of it says a length. Thread-safe.</para>
/// </remarks>
public sealed class SizedJsonCodec<[DynamicallyAccessedMembers(JsonMemberTable<int>.Reached)] THeader> : IHeaderCodec<THeader>
{
    private const int WordLength = 4;
    private const int PrefixLength = 2 * WordLength;

    private readonly IJsonHeaderText<THeader> _text;
    private readonly bool _isBigEndian;

    /// <summary>Creates the codec.</summary>
    /// <param name="typeInfo">The JSON contract of the header, such as <c>AppJsonContext.Default.PutHeader</c>.</param>
    /// <param name="byteOrder">The order of the bytes of both lengths; <see cref="ByteOrder.LittleEndian"/> by default.</param>
    /// <exception cref="ArgumentException">The type is not a JSON object, or its contract cannot be made strict; the message says what to write instead.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="byteOrder"/> is none of those named.</exception>
    public SizedJsonCodec(JsonTypeInfo<THeader> typeInfo, ByteOrder byteOrder = ByteOrder.LittleEndian)
        : this(new JsonHeaderText<THeader>(typeInfo ?? throw new ArgumentNullException(nameof(typeInfo)), null), byteOrder)
    {
    }

    internal SizedJsonCodec(IJsonHeaderText<THeader> text, ByteOrder byteOrder)
    {
        _text = text;
        _isBigEndian = Enum.IsDefined(byteOrder) ? byteOrder == ByteOrder.BigEndian : throw new ArgumentOutOfRangeException(nameof(byteOrder));
    }

    /// <inheritdoc/>
    public HeaderDecodeResult Decode(ReadOnlySpan<byte> source, in HeaderDecodeContext context, out THeader header)
    {
        header = default!;
        if (source.Length < PrefixLength)
        {
            return HeaderDecodeResult.NeedMore(PrefixLength);
        }

        var total = Read(source);
        var length = Read(source[WordLength..]);
        if (length == 0 || length > context.Limits.MaxHeaderLength)
        {
            return length == 0
                ? HeaderDecodeResult.Corrupt(FramedSocketError.MalformedHeader, "The header's length is 0; a JSON object has 2 bytes at least")
                : HeaderDecodeResult.Corrupt(
                    FramedSocketError.HeaderTooLong, $"The header's length is over the limit of {context.Limits.MaxHeaderLength} bytes", length);
        }

        var bodyLength = total - WordLength - length;
        if (bodyLength < 0)
        {
            return HeaderDecodeResult.Corrupt(
                FramedSocketError.MalformedHeader, $"The frame's length has no room for a header of {length} bytes", total);
        }

        var headLength = PrefixLength + (int)length;
        if (source.Length < headLength)
        {
            return HeaderDecodeResult.NeedMore(headLength);
        }

        var result = _text.Decode(source[PrefixLength..headLength], out header, out _);
        return result.IsCorrupt ? result : HeaderDecodeResult.Complete(headLength, bodyLength);
    }

    /// <inheritdoc/>
    public void Encode(in THeader header, in HeaderEncodeContext context, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        var length = _text.Encode(header, context, PrefixLength, output, out var target);
        var total = WordLength + length + BodyLengths.Checked(context.BodyLength, uint.MaxValue - WordLength - length);
        Write(target, (uint)total);
        Write(target[WordLength..], (uint)length);
        output.Advance(PrefixLength + length);
    }

    private long Read(ReadOnlySpan<byte> source) =>
        _isBigEndian ? BinaryPrimitives.ReadUInt32BigEndian(source) : BinaryPrimitives.ReadUInt32LittleEndian(source);

    private void Write(Span<byte> target, uint value)
    {
        if (_isBigEndian)
        {
            BinaryPrimitives.WriteUInt32BigEndian(target, value);
        }
        else
        {
            BinaryPrimitives.WriteUInt32LittleEndian(target, value);
        }
    }
}
