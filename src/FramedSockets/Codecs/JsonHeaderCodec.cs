using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization.Metadata;

namespace FramedSockets.Codecs;

/// <summary>
/// A JSON header with a length before it, one member of which says the body's length. A peer needs nothing but sockets and
/// JSON to speak it.
/// </summary>
/// <typeparam name="THeader">
/// The header's type: a class, a record or a struct of the user's own. A struct of numbers, truth values and texts is read and
/// written without the serializer, and costs no allocation beyond a text that differs from the last one. Where one of its setters
/// has code of its own, that goes for types without init-only and required members, and for headers whose members come in the order of the type.
/// </typeparam>
/// <remarks>
/// <code>
/// 0        4              4+h                4+h+b
/// | h: i32 | h bytes JSON | b bytes body     |       b stands in the JSON header; h is little-endian by default
///
/// 32 00 00 00
/// {"cmd": "put", "filename": "a.txt", "filesize": 5}                50 = 0x32 bytes
/// hello
/// </code>
/// <para>
/// The header has to be one strict JSON object in UTF-8: no name twice, in whatever spelling, no comment, no trailing comma,
/// no byte order mark, at most 8 levels and 64 members. The length has to be plain digits, and its name in exact case; the
/// options of the contract do not loosen this. Members that the type does not know are ignored.
/// </para>
/// <para>
/// When a header is sent, the codec fills in the length: what the member says does not matter. Texts are kept
/// as the serializer would write them. Thread-safe.
/// </para>
/// </remarks>
public sealed class JsonHeaderCodec<[DynamicallyAccessedMembers(JsonMemberTable<int>.Reached)] THeader> : IHeaderCodec<THeader>
{
    private const int PrefixLength = 4;

    private readonly IJsonHeaderText<THeader> _text;
    private readonly bool _isBigEndian;

    /// <summary>Creates the codec.</summary>
    /// <param name="typeInfo">The JSON contract of the header, such as <c>AppJsonContext.Default.PutHeader</c>.</param>
    /// <param name="lengthMember">The name, in JSON, of the member that says the body's length: an integer that is always written.</param>
    /// <param name="byteOrder">The order of the four bytes before the header; <see cref="ByteOrder.LittleEndian"/> by default.</param>
    /// <exception cref="ArgumentException">The type has no such member, or one that cannot say a length, or its contract cannot be made strict; the message says what to write instead.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="byteOrder"/> is none of those named.</exception>
    public JsonHeaderCodec(JsonTypeInfo<THeader> typeInfo, string lengthMember, ByteOrder byteOrder = ByteOrder.LittleEndian)
        : this(
            new JsonHeaderText<THeader>(
                typeInfo ?? throw new ArgumentNullException(nameof(typeInfo)), Checked(lengthMember)),
            byteOrder)
    {
    }

    internal JsonHeaderCodec(IJsonHeaderText<THeader> text, ByteOrder byteOrder)
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

        var length = _isBigEndian ? BinaryPrimitives.ReadInt32BigEndian(source) : BinaryPrimitives.ReadInt32LittleEndian(source);
        if ((uint)(length - 1) >= (uint)context.Limits.MaxHeaderLength)
        {
            return RefuseLength(length, context.Limits);
        }

        if (source.Length - PrefixLength < length)
        {
            return HeaderDecodeResult.NeedMore(PrefixLength + length);
        }

        var result = _text.Decode(source.Slice(PrefixLength, length), out header, out var bodyLength);
        return result.IsCorrupt ? result : HeaderDecodeResult.Complete(PrefixLength + length, bodyLength);
    }

    /// <inheritdoc/>
    public void Encode(in THeader header, in HeaderEncodeContext context, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        var length = _text.Encode(header, context, PrefixLength, output, out var target);
        if (_isBigEndian)
        {
            BinaryPrimitives.WriteInt32BigEndian(target, length);
        }
        else
        {
            BinaryPrimitives.WriteInt32LittleEndian(target, length);
        }

        output.Advance(PrefixLength + length);
    }

    private static string Checked(string lengthMember)
    {
        ArgumentException.ThrowIfNullOrEmpty(lengthMember);
        return lengthMember;
    }

    private static HeaderDecodeResult RefuseLength(int length, FrameLimits limits) => length == 0
        ? HeaderDecodeResult.Corrupt(FramedSocketError.MalformedHeader, "The header's length is 0; a JSON object has 2 bytes at least")
        : HeaderDecodeResult.Corrupt(
            FramedSocketError.HeaderTooLong, $"The header's length is not within the limit of {limits.MaxHeaderLength} bytes", length);
}
