using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace FramedSockets.Tests.Codecs;

/// <summary>Struct headers whose contracts or accessors have something of their own; all have the members length, a and b.</summary>
internal static class JsonOddHeaders
{
    /// <summary>A member that is set is looked at by one that is only initialized.</summary>
    internal record struct InitAfterSet
    {
        public long Length { readonly get; set; }

        public int A { readonly get; set; }

        public int B
        {
            readonly get;
            init => (field, A) = ((10 * value) + A, A + 1);
        }
    }

    /// <summary>A member that is only initialized comes first, and sets one that is set.</summary>
    internal record struct InitBeforeSet
    {
        public long Length { readonly get; set; }

        public int A
        {
            readonly get;
            init => field = B = value;
        }

        public int B { readonly get; set; }
    }

    internal readonly record struct AllInit
    {
        public long Length { get; init; }

        public int A
        {
            get;
            init => field = value + B;
        }

        public int B
        {
            get;
            init => field = value + A;
        }
    }

    internal record struct AllSet
    {
        public long Length { readonly get; set; }

        public int A
        {
            readonly get;
            set => field = value + B;
        }

        public int B
        {
            readonly get;
            set => field = value + A;
        }
    }

    internal record struct Required
    {
        public long Length { readonly get; set; }

        public int A { readonly get; set; }

        public required int B
        {
            readonly get;
            set => field = (10 * value) + A;
        }
    }

    internal record struct RequiredAndPlain
    {
        public required long Length { readonly get; init; }

        public int A { readonly get; set; }

        [JsonPropertyName("b")]
        public required string Text { readonly get; set; }
    }

    internal record struct Positional(long Length, int A)
    {
        public int B
        {
            readonly get;
            set => field = (10 * value) + A;
        }
    }

    internal readonly record struct PositionalInit(long Length, int A = 7)
    {
        public int B { get; init; } = 5;
    }

    [method: JsonConstructor]
    internal record struct Constructed(long Length, int A = 7)
    {
        public int B { readonly get; set; } = A;
    }

    internal record struct Begun
    {
        public Begun() => B = 5;

        public long Length { readonly get; set; }

        public int A { readonly get; set; }

        public int B { readonly get; set; }
    }

    internal record struct Included
    {
        public long Length { readonly get; set; }

        [JsonInclude]
        public int A { readonly get; internal set; }

        [JsonInclude]
        internal int B { readonly get; set; }
    }

    internal record struct Ignored
    {
        public long Length { readonly get; set; }

        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
        public int A { readonly get; set; }

        [JsonIgnore]
        public int B { readonly get; set; }
    }

    internal record struct ReadOnly
    {
        public long Length { readonly get; set; }

        public int A { readonly get; set; }

        public readonly int B => A + 1;
    }

    internal record struct Numbers
    {
        public long Length { readonly get; set; }

        [JsonNumberHandling(JsonNumberHandling.AllowReadingFromString | JsonNumberHandling.WriteAsString)]
        public int A { readonly get; set; }

        public int? B { readonly get; set; }
    }

    [JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
    internal record struct Closed
    {
        public long Length { readonly get; set; }

        public int A { readonly get; set; }
    }

    internal record struct Open
    {
        public long Length { readonly get; set; }

        public int A { readonly get; set; }

        [JsonExtensionData]
        public Dictionary<string, JsonElement>? More { readonly get; set; }
    }

    internal record struct Ordered
    {
        [JsonPropertyOrder(2)]
        public long Length { readonly get; set; }

        [JsonPropertyOrder(1)]
        public int A
        {
            readonly get;
            set => field = (10 * value) + B;
        }

        public int B { readonly get; set; }
    }

    internal record struct Renamed
    {
        public long Length { readonly get; set; }

        [JsonPropertyName("b")]
        public int A { readonly get; set; }

        [JsonPropertyName("a")]
        public int B { readonly get; set; }
    }

    internal record struct Told : IJsonOnDeserialized, IJsonOnDeserializing
    {
        public long Length { readonly get; set; }

        public int A { readonly get; set; }

        public int B { readonly get; set; }

        public void OnDeserialized() => B += A;

        public void OnDeserializing() => A = 3;
    }

    internal record struct Nested
    {
        public long Length { readonly get; set; }

        public int A { readonly get; set; }

        public Positional B { readonly get; set; }
    }

    internal record struct Texts
    {
        public long Length { readonly get; set; }

        public string? A { readonly get; set; }

        [AllowNull]
        public string B
        {
            readonly get => field ?? "none";
            set;
        }
    }

    /// <summary>Two members lie in one place.</summary>
    [StructLayout(LayoutKind.Explicit)]
    [SuppressMessage("Performance", "CA1815:Override equals and operator equals on value types", Justification = "It is compared as it is.")]
    internal record struct Overlapping
    {
        [field: FieldOffset(0)]
        public long Length { readonly get; set; }

        [field: FieldOffset(8)]
        public int A { readonly get; set; }

        [field: FieldOffset(8)]
        public int B { readonly get; init; }
    }
}
