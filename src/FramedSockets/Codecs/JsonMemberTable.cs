using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace FramedSockets.Codecs;

/// <summary>
/// The members of a header type that is a plain struct of numbers, truth values and texts, so that it is read and written
/// without the serializer, five times as fast and without a box. It gives what the serializer would give.
/// </summary>
internal sealed class JsonMemberTable<[DynamicallyAccessedMembers(Reached)] THeader>
{
    /// <summary>What of a header type is reached by reflection, when a codec is made.</summary>
    public const DynamicallyAccessedMemberTypes Reached = DynamicallyAccessedMemberTypes.PublicProperties
        | DynamicallyAccessedMemberTypes.PublicConstructors | DynamicallyAccessedMemberTypes.NonPublicConstructors;

    /// <summary>The most members.</summary>
    public const int MaxCount = 16;

    // A number with its sign.
    private const int LongestPlain = 20;

    private readonly JsonMember<THeader>[] _members;
    private readonly byte[][] _openings;
    private readonly bool[] _isRequired;
    private readonly int _length;
    private readonly bool _takesAnyOrder;

    private JsonMemberTable(
        JsonMember<THeader>[] members, IList<JsonPropertyInfo> properties, JavaScriptEncoder encoder, bool areRequired, int length)
    {
        _members = members;
        _openings = [.. properties.Select((p, i) => Encoding.ASCII.GetBytes($"{(i == 0 ? '{' : ',')}\"{JsonEncodedText.Encode(p.Name, encoder)}\":"))];
        _isRequired = [.. properties.Select(p => areRequired || p.IsRequired)];
        _length = length;
        _takesAnyOrder = HasPlainSetters();
        Overhead = _openings.Sum(opening => opening.Length) + (members.Length * LongestPlain);
    }

    /// <summary>The bytes of a header with short texts, at most.</summary>
    public int Overhead { get; }

    /// <summary>Makes the table, where the type and its options leave no doubt about what the serializer does with it.</summary>
    /// <param name="type">The type.</param>
    /// <param name="length">Which of its properties is the body's length; -1 for none.</param>
    public static JsonMemberTable<THeader>? TryCreate(JsonTypeInfo<THeader> type, int length)
    {
        var properties = type.Properties;
        if (!IsPlain(type) || !JsonHeaderType.IsOfItsOptions(type) || !IsPlain(type.Options) || !HasPlainConstruction() || properties.Count is 0 or > MaxCount)
        {
            return null;
        }

        // Without a plain constructor to call, the serializer sets required and init-only members first, in the order of the type.
        if (type.CreateObject is null && !HasPlainSetters())
        {
            return null;
        }

        var encoder = type.Options.Encoder ?? JavaScriptEncoder.Default;
        var members = new JsonMember<THeader>[properties.Count];
        for (var i = 0; i < members.Length; i++)
        {
            var property = IsPlain(properties[i]) ? Find(properties[i], type.Options) : null;
            if (property is null || JsonMember<THeader>.Of(property, encoder) is not { } member)
            {
                return null;
            }

            members[i] = member;
        }

        // Without such a constructor it sets absent init-only members as well: such a header is left to it.
        return new(members, properties, encoder, areRequired: type.CreateObject is null, length);
    }

    /// <summary>Makes the header from its scanned members; <see langword="false"/> when the serializer has to.</summary>
    public bool TryRead(ReadOnlySpan<byte> json, ReadOnlySpan<JsonField> fields, out THeader header)
    {
        try
        {
            return TryReadMembers(json, fields, out header);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // An accessor refused its value: the serializer says what is wrong with it, if anything.
            header = default!;
            return false;
        }
    }

    private bool TryReadMembers(ReadOnlySpan<byte> json, ReadOnlySpan<JsonField> fields, out THeader header)
    {
        // Filled where it is near, and handed out once.
        var made = default(THeader)!;
        var members = _members;
        var last = 0;
        for (var i = 0; i < members.Length; i++)
        {
            ref readonly var field = ref fields[i];
            if (field.Kind == JsonFieldKind.None ? _isRequired[i] : !IsNext(field, ref last) || !members[i].Read(ref made, json, field))
            {
                header = default!;
                return false;
            }
        }

        header = made;
        return true;
    }

    /// <summary>Whether a member's turn has come: the serializer sets them in the order of the text, and that may matter.</summary>
    private bool IsNext(in JsonField field, ref int last)
    {
        var isLater = field.Start > last;
        last = field.Start;
        return isLater || _takesAnyOrder;
    }

    /// <summary>Writes a header, and the body's length where it belongs.</summary>
    /// <returns>The bytes written, or one of the numbers of <see cref="JsonMember{THeader}"/>.</returns>
    public int TryWrite(THeader header, long bodyLength, Span<byte> target)
    {
        try
        {
            return TryWriteMembers(ref header, bodyLength, target);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // An accessor threw: the serializer, which meets it too, says so as it says it of every other type.
            return JsonMember<THeader>.NotPlain;
        }
    }

    private int TryWriteMembers(ref THeader header, long bodyLength, Span<byte> target)
    {
        var written = 0;
        for (var i = 0; i < _members.Length; i++)
        {
            if (!_openings[i].AsSpan().TryCopyTo(target[written..]))
            {
                return JsonMember<THeader>.NoRoom;
            }

            written += _openings[i].Length;
            var count = i == _length ? WriteLength(bodyLength, target[written..]) : _members[i].Write(ref header, target[written..]);
            if (count < 0)
            {
                return count;
            }

            written += count;
        }

        if (written == target.Length)
        {
            return JsonMember<THeader>.NoRoom;
        }

        target[written] = (byte)'}';
        return written + 1;
    }

    private static int WriteLength(long bodyLength, Span<byte> target) =>
        bodyLength.TryFormat(target, out var written, default, CultureInfo.InvariantCulture) ? written : JsonMember<THeader>.NoRoom;

    private static bool IsPlain(JsonTypeInfo<THeader> type) => typeof(THeader).IsValueType
        && type is
        {
            Kind: JsonTypeInfoKind.Object,
            PolymorphismOptions: null,
            OnDeserializing: null,
            OnDeserialized: null,
            OnSerializing: null,
            OnSerialized: null,
            NumberHandling: null or JsonNumberHandling.Strict,
            PreferredPropertyObjectCreationHandling: null,
            UnmappedMemberHandling: null or JsonUnmappedMemberHandling.Skip,
        };

    // A resolver that is a context is one that nobody has modified: what its contracts say stands in the type itself.
    private static bool IsPlain(JsonSerializerOptions options) => options is
    {
        TypeInfoResolver: JsonSerializerContext,
        Converters.Count: 0,
        NumberHandling: JsonNumberHandling.Strict,
        DefaultIgnoreCondition: JsonIgnoreCondition.Never,
        ReferenceHandler: null,
        UnmappedMemberHandling: JsonUnmappedMemberHandling.Skip,
        PropertyNameCaseInsensitive: false,
    };

    private static bool IsPlain(JsonPropertyInfo property) => property is
    {
        Get: not null,
        Set: not null,
        ShouldSerialize: null,
        CustomConverter: null,
        NumberHandling: null or JsonNumberHandling.Strict,
        ObjectCreationHandling: null,
        IsExtensionData: false,
    };

    /// <summary>Whether the serializer begins with the default value: no constructor is meant for it.</summary>
    private static bool HasPlainConstruction()
    {
        const BindingFlags All = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;
        return typeof(THeader).GetConstructors(All).All(
            constructor => constructor.GetParameters().Length > 0 && !constructor.IsDefined(typeof(JsonConstructorAttribute)));
    }

    /// <summary>Whether it makes no difference which member is set first: each setter stores its value, in a place of its own.</summary>
    private static bool HasPlainSetters() => !typeof(THeader).IsExplicitLayout
        && typeof(THeader).GetProperties(BindingFlags.Instance | BindingFlags.Public).All(
            property => property.SetMethod is null || property.SetMethod.IsDefined(typeof(CompilerGeneratedAttribute)));

    private static PropertyInfo? Find(JsonPropertyInfo wanted, JsonSerializerOptions options)
    {
        var found = typeof(THeader).GetProperties(BindingFlags.Instance | BindingFlags.Public).Where(
            property => property.GetIndexParameters().Length == 0
                && property.PropertyType == wanted.PropertyType
                && property is { CanRead: true, CanWrite: true }
                && property.GetGetMethod() is not null && property.GetSetMethod() is not null
                && !property.IsDefined(typeof(JsonConverterAttribute))
                && property.GetCustomAttribute<JsonIgnoreAttribute>() is not { Condition: JsonIgnoreCondition.Always }
                && NameOf(property, options) == wanted.Name).ToArray();
        return found.Length == 1 && JsonFlatScanner.IsPlain(wanted.Name) ? found[0] : null;
    }

    private static string NameOf(PropertyInfo property, JsonSerializerOptions options) =>
        property.GetCustomAttribute<JsonPropertyNameAttribute>()?.Name
        ?? options.PropertyNamingPolicy?.ConvertName(property.Name)
        ?? property.Name;
}
