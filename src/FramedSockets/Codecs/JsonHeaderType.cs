using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace FramedSockets.Codecs;

/// <summary>What a codec has to know about a header type and its JSON contract.</summary>
internal static class JsonHeaderType
{
    /// <summary>The contract with names in exact case, so that no other spelling of the length reaches the header.</summary>
    public static JsonTypeInfo<THeader> InExactCase<THeader>(JsonTypeInfo<THeader> type)
    {
        if (type.Kind != JsonTypeInfoKind.Object)
        {
            throw new ArgumentException($"{type.Type.Name} is not written as a JSON object with members, so it cannot be a header.", nameof(type));
        }

        if (!type.Options.PropertyNameCaseInsensitive)
        {
            return type;
        }

        // Made anew from its options, the contract would lose what somebody changed in it.
        return IsOfItsOptions(type) ? GetInExactCase(type) : throw new ArgumentException(
            "The contract takes names in any case, and no strict one can be made of it, since it may have been changed: set PropertyNameCaseInsensitive to false, or take it from options that are read-only.",
            nameof(type));
    }

    /// <summary>Whether nobody can have changed the contract: it is the one that options keep which take no change any more.</summary>
    public static bool IsOfItsOptions(JsonTypeInfo type) =>
        type.Options.IsReadOnly && type.Options.TryGetTypeInfo(type.Type, out var kept) && ReferenceEquals(type, kept);

    private static JsonTypeInfo<THeader> GetInExactCase<THeader>(JsonTypeInfo<THeader> type)
    {
        var options = new JsonSerializerOptions(type.Options) { PropertyNameCaseInsensitive = false };
        options.MakeReadOnly();
        return (JsonTypeInfo<THeader>)options.GetTypeInfo(type.Type);
    }

    /// <summary>Finds the property that says the body's length, and checks that it can.</summary>
    public static int FindLength<THeader>(JsonTypeInfo<THeader> type, string lengthMember)
    {
        for (var i = 0; i < type.Properties.Count; i++)
        {
            if (type.Properties[i].Name == lengthMember)
            {
                return WhyNot(type.Properties[i], type) is { } reason
                    ? throw new ArgumentException($"The member '{lengthMember}' of {type.Type.Name} cannot say the body's length: {reason}.", nameof(lengthMember))
                    : i;
            }
        }

        var names = string.Join(", ", type.Properties.Select(property => $"'{property.Name}'"));
        throw new ArgumentException(
            $"{type.Type.Name} has no member '{lengthMember}' in JSON to say the body's length; its members are {names}.", nameof(lengthMember));
    }

    /// <summary>The largest length that fits a member of such a type; 0 for types that are no integers.</summary>
    public static long MaxOf(Type type) => type.IsEnum ? 0 : Type.GetTypeCode(type) switch
    {
        TypeCode.Int64 or TypeCode.UInt64 => long.MaxValue,
        TypeCode.UInt32 => uint.MaxValue,
        TypeCode.Int32 => int.MaxValue,
        TypeCode.UInt16 => ushort.MaxValue,
        TypeCode.Int16 => short.MaxValue,
        TypeCode.Byte => byte.MaxValue,
        TypeCode.SByte => (long)sbyte.MaxValue,
        _ => 0,
    };

    /// <summary>The byte that an exception of the serializer speaks of.</summary>
    public static long PositionOf(JsonException e, ReadOnlySpan<byte> json)
    {
        var start = 0;
        for (var line = e.LineNumber ?? 0; line > 0; line--)
        {
            start += json[start..].IndexOf((byte)'\n') + 1;
        }

        return start + (e.BytePositionInLine ?? 0);
    }

    private static string? WhyNot(JsonPropertyInfo property, JsonTypeInfo type)
    {
        var numbers = property.NumberHandling ?? type.NumberHandling ?? type.Options.NumberHandling;
        return property switch
        {
            _ when MaxOf(property.PropertyType) == 0 => $"it is a {property.PropertyType.Name}; write an integer type, such as long",
            { Get: null } => "it is never written; give it a getter",
            { CustomConverter: not null } => "a converter of its own writes it; write it without one",
            _ when numbers.HasFlag(JsonNumberHandling.WriteAsString) => "it is written as text; write it without JsonNumberHandling.WriteAsString",
            _ when IsLeftOut(property, type) => "it is not always written; write [JsonIgnore(Condition = JsonIgnoreCondition.Never)] on it",
            _ => null,
        };
    }

    /// <summary>Whether a zero would be left out: a condition that says no to it, or that needs more than the value.</summary>
    private static bool IsLeftOut(JsonPropertyInfo property, JsonTypeInfo type)
    {
        if (property.ShouldSerialize is not { } shouldSerialize)
        {
            return type.Options.DefaultIgnoreCondition == JsonIgnoreCondition.WhenWritingDefault || IsIgnoredAsReadOnly(property, type.Options);
        }

        try
        {
            return !shouldSerialize(null!, Convert.ChangeType(0, property.PropertyType, CultureInfo.InvariantCulture));
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return true;
        }
    }

    /// <summary>Whether a policy leaves out what has no setter; a condition of the member's own would lift it.</summary>
    private static bool IsIgnoredAsReadOnly(JsonPropertyInfo property, JsonSerializerOptions options) => property.Set is null
        && (property.AttributeProvider is FieldInfo ? options.IgnoreReadOnlyFields : options.IgnoreReadOnlyProperties);
}
