using System.Buffers;
using System.Globalization;
using System.Numerics;
using System.Reflection;
using System.Text;
using System.Text.Encodings.Web;

namespace FramedSockets.Codecs;

/// <summary>Sets a member of a header from a scanned value; <see langword="false"/> when the value is none that it takes.</summary>
internal delegate bool JsonMemberReader<THeader>(ref THeader header, ReadOnlySpan<byte> json, in JsonField field);

/// <summary>Writes a member's value; gives the bytes written, or one of the numbers of <see cref="JsonMember{THeader}"/>.</summary>
internal delegate int JsonMemberWriter<THeader>(ref THeader header, Span<byte> target);

/// <summary>
/// One member of a header type that is a struct, reached through its own accessors: no box, no reflection after the
/// construction, and whatever an accessor checks is checked.
/// </summary>
internal sealed class JsonMember<THeader>
{
    /// <summary>The target is too short.</summary>
    public const int NoRoom = -1;

    /// <summary>The value is not written here: the serializer has its own way with it.</summary>
    public const int NotPlain = -2;

    private const int LongestKeptText = 256;

    private JsonMember(JsonMemberReader<THeader> read, JsonMemberWriter<THeader> write)
    {
        Read = read;
        Write = write;
    }

    private delegate TValue Getter<TValue>(ref THeader header);

    private delegate void Setter<TValue>(ref THeader header, TValue value);

    public JsonMemberReader<THeader> Read { get; }

    public JsonMemberWriter<THeader> Write { get; }

    /// <summary>Makes the member of a property; <see langword="null"/> where its type is not one of those that are read and written here.</summary>
    public static JsonMember<THeader>? Of(PropertyInfo property, JavaScriptEncoder encoder) => Type.GetTypeCode(property.PropertyType) switch
    {
        _ when property.PropertyType.IsEnum => null,
        TypeCode.Int64 => OfInteger<long>(property),
        TypeCode.Int32 => OfInteger<int>(property),
        TypeCode.Int16 => OfInteger<short>(property),
        TypeCode.SByte => OfInteger<sbyte>(property),
        TypeCode.UInt64 => OfInteger<ulong>(property),
        TypeCode.UInt32 => OfInteger<uint>(property),
        TypeCode.UInt16 => OfInteger<ushort>(property),
        TypeCode.Byte => OfInteger<byte>(property),
        TypeCode.Boolean => OfBoolean(property),
        TypeCode.String => OfText(property, encoder),
        _ => null,
    };

    private static JsonMember<THeader> OfInteger<TValue>(PropertyInfo property)
        where TValue : struct, IBinaryInteger<TValue>, IMinMaxValue<TValue>
    {
        var (get, set) = Accessors<TValue>(property);
        return new(
            (ref THeader header, ReadOnlySpan<byte> json, in JsonField field) =>
            {
                // The serializer takes no sign, not even of -0, where the type has none.
                var isInteger = TValue.IsZero(TValue.MinValue) ? field.IsUnsigned(json) : field.Kind == JsonFieldKind.Integer;
                var value = TValue.CreateTruncating(field.Number);
                if (!isInteger || long.CreateSaturating(value) != field.Number)
                {
                    return false;
                }

                set(ref header, value);
                return true;
            },
            (ref THeader header, Span<byte> target) =>
                get(ref header).TryFormat(target, out var written, default, CultureInfo.InvariantCulture) ? written : NoRoom);
    }

    private static JsonMember<THeader> OfBoolean(PropertyInfo property)
    {
        var (get, set) = Accessors<bool>(property);
        return new(
            (ref THeader header, ReadOnlySpan<byte> json, in JsonField field) =>
            {
                if (field.Kind is not (JsonFieldKind.True or JsonFieldKind.False))
                {
                    return false;
                }

                set(ref header, field.Kind == JsonFieldKind.True);
                return true;
            },
            (ref THeader header, Span<byte> target) =>
            {
                var word = get(ref header) ? "true"u8 : "false"u8;
                return word.TryCopyTo(target) ? word.Length : NoRoom;
            });
    }

    private static JsonMember<THeader> OfText(PropertyInfo property, JavaScriptEncoder encoder)
    {
        var (get, set) = Accessors<string>(property);

        // Headers repeat their texts. The last one is handed out again; whichever thread stored it last, it is a whole string.
        string? last = null;
        return new(
            (ref THeader header, ReadOnlySpan<byte> json, in JsonField field) =>
            {
                if (field.Kind != JsonFieldKind.Text)
                {
                    return false;
                }

                var bytes = json[field.Start..field.End];
                var text = last;
                if (text is null || !Ascii.Equals(bytes, text))
                {
                    text = Encoding.ASCII.GetString(bytes);
                    last = text.Length <= LongestKeptText ? text : last;
                }

                set(ref header, text);
                return true;
            },
            (ref THeader header, Span<byte> target) => WriteText(get(ref header), target, encoder));
    }

    private static int WriteText(string? text, Span<byte> target, JavaScriptEncoder encoder)
    {
        if (text is null)
        {
            return NotPlain;
        }

        if (target.Length < text.Length + 2)
        {
            return NoRoom;
        }

        var bytes = target.Slice(1, text.Length);
        if (Ascii.FromUtf16(text, bytes, out _) != OperationStatus.Done || encoder.FindFirstCharacterToEncodeUtf8(bytes) >= 0)
        {
            return NotPlain;
        }

        target[0] = target[text.Length + 1] = (byte)'"';
        return text.Length + 2;
    }

    private static (Getter<TValue> Get, Setter<TValue> Set) Accessors<TValue>(PropertyInfo property) =>
        (property.GetGetMethod()!.CreateDelegate<Getter<TValue>>(), property.GetSetMethod()!.CreateDelegate<Setter<TValue>>());
}
