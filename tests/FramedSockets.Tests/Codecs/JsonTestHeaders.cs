using System.Text.Json.Serialization;

namespace FramedSockets.Tests.Codecs;

/// <summary>A header that is read and written without the serializer.</summary>
public readonly record struct PutHeader(string Cmd, string Filename, long Filesize);

/// <summary>A header that only the serializer can make.</summary>
public sealed record PutRecord(string Cmd, string? Filename, long Filesize, IReadOnlyList<int>? Parts = null)
{
    public bool Equals(PutRecord? other) => other is not null && (Cmd, Filename, Filesize) == (other.Cmd, other.Filename, other.Filesize)
        && (Parts ?? []).SequenceEqual(other.Parts ?? []);

    public override int GetHashCode() => HashCode.Combine(Cmd, Filename, Filesize);
}

/// <summary>Every type of member that is read and written without the serializer.</summary>
public record struct AllMembers(
    long Eight, int Four, short Two, sbyte SignedOctet, ulong UnsignedEight, uint UnsignedFour, ushort UnsignedTwo, byte Octet, bool Flag, string Text, int Length);

/// <summary>A header whose accessor checks what it is given.</summary>
public struct CheckedHeader
{
    public long Length { readonly get; set; }

    public int Percent
    {
        readonly get;
        set => field = value is >= 0 and <= 100 ? value : throw new ArgumentOutOfRangeException(nameof(value));
    }
}

/// <summary>A header whose accessors depend on each other's order.</summary>
public struct RangeHeader
{
    public long Length { readonly get; set; }

    public int Low { readonly get; set; }

    public int High
    {
        readonly get;
        set => field = value >= Low ? value : throw new ArgumentOutOfRangeException(nameof(value));
    }
}

/// <summary>A header whose accessor sets another member as well.</summary>
public struct SpanHeader
{
    public long Length { readonly get; set; }

    public int First
    {
        readonly get;
        set => field = Last = value;
    }

    public int Last { readonly get; set; }
}

/// <summary>A header with a field that has the name of a property which is none of its members.</summary>
internal struct ShadowedHeader
{
    [JsonInclude]
    [JsonPropertyName("at")]
    public int Position;

    public long Length { readonly get; set; }

    [JsonIgnore]
    public int At
    {
        readonly get => -Position;
        set => Position = -value;
    }
}

/// <summary>A header whose accessor has nothing to give.</summary>
public struct ThrowingHeader
{
    public long Length { readonly get; set; }

    public string Name
    {
        readonly get => Length < 0 ? field : throw new NotSupportedException("There is no name.");
        set;
    }
}

/// <summary>A header whose names the serializer escapes.</summary>
public record struct EscapedNames(
    [property: JsonPropertyName("a&b")] string Text,
    [property: JsonPropertyName("it's+<`>")] int Number,
    [property: JsonPropertyName("l&n")] long Length);

/// <summary>Headers whose length cannot be one.</summary>
public record struct BadLengths(
    string Text,
    double Fraction,
    long? Maybe,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] long Sometimes,
    [property: JsonNumberHandling(JsonNumberHandling.WriteAsString)] long AsText,
    long Good);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(PutHeader))]
[JsonSerializable(typeof(PutRecord))]
[JsonSerializable(typeof(AllMembers))]
[JsonSerializable(typeof(CheckedHeader))]
[JsonSerializable(typeof(RangeHeader))]
[JsonSerializable(typeof(SpanHeader))]
[JsonSerializable(typeof(ShadowedHeader))]
[JsonSerializable(typeof(ThrowingHeader))]
[JsonSerializable(typeof(EscapedNames))]
[JsonSerializable(typeof(BadLengths))]
[JsonSerializable(typeof(int[]))]
internal sealed partial class TestJsonContext : JsonSerializerContext;

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    PropertyNameCaseInsensitive = true,
    AllowTrailingCommas = true,
    ReadCommentHandling = System.Text.Json.JsonCommentHandling.Skip,
    NumberHandling = JsonNumberHandling.AllowReadingFromString)]
[JsonSerializable(typeof(PutHeader))]
internal sealed partial class LenientJsonContext : JsonSerializerContext;
