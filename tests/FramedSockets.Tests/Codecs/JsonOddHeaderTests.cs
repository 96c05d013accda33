using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using FramedSockets.Codecs;

namespace FramedSockets.Tests.Codecs;

/// <summary>Headers are what the serializer makes of the same text, and are written as it writes them, whoever does it.</summary>
public sealed class JsonOddHeaderTests
{
    private static readonly string[] Members =
        ["\"length\":0", "\"a\":2", "\"b\":4", "\"a\":-1", "\"b\":\"x\"", "\"a\":\"3\"", "\"b\":null", "\"b\":{\"b\":4,\"a\":2}", "\"c\":1"];

    /// <summary>The contracts of <see cref="JsonOddHeaders"/>.</summary>
    public static TheoryData<string> Types { get; } = [.. typeof(JsonOddHeaders).GetNestedTypes(System.Reflection.BindingFlags.NonPublic).Select(type => type.Name)];

    /// <summary>Options that change what the serializer makes of a text.</summary>
    private static JsonSerializerOptions[] Options =>
    [
        new(OddJsonContext.Default.Options),
        new(OddJsonContext.Default.Options) { NumberHandling = JsonNumberHandling.AllowReadingFromString },
        new(OddJsonContext.Default.Options) { UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow },
        new(OddJsonContext.Default.Options) { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, IncludeFields = true },
        new(OddJsonContext.Default.Options) { PreferredObjectCreationHandling = JsonObjectCreationHandling.Populate },
        new(OddJsonContext.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, IgnoreReadOnlyProperties = true },
#if NET9_0_OR_GREATER
        new(OddJsonContext.Default.Options) { RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true },
#endif
    ];

    [Theory]
    [MemberData(nameof(Types))]
    public void They_are_what_the_serializer_makes_of_them(string name)
    {
        var type = typeof(JsonOddHeaders).GetNestedType(name, System.Reflection.BindingFlags.NonPublic)!;
        var comparison = (IComparison)Activator.CreateInstance(typeof(Comparison<>).MakeGenericType(type))!;
        foreach (var options in Options)
        {
            comparison.Run(new OddJsonContext(options).GetTypeInfo(type)!);
        }
    }

    private interface IComparison
    {
        void Run(JsonTypeInfo type);
    }

    private sealed class Comparison<THeader> : IComparison
    {
        public void Run(JsonTypeInfo type)
        {
            var contract = (JsonTypeInfo<THeader>)type;
            var text = new JsonHeaderText<THeader>(contract, "length");
            AssertWritten(text, contract, default!);
            foreach (var members in Arrangements([]))
            {
                AssertRead(text, contract, $"{{{string.Join(',', members)}}}");
            }
        }

        private static void AssertRead(JsonHeaderText<THeader> text, JsonTypeInfo<THeader> contract, string json)
        {
            THeader? expected = default;
            var refusal = Record.Exception(() => expected = JsonSerializer.Deserialize(json, contract));
            var result = text.Decode(Encoding.UTF8.GetBytes(json), out var header, out _);
            Assert.True(refusal is not null == result.IsCorrupt, $"{json}: {refusal?.Message}");
            if (refusal is null)
            {
                Assert.True(Describe(expected!, contract) == Describe(header, contract), $"{json}: {Describe(header, contract)} and not {Describe(expected!, contract)}");
                AssertWritten(text, contract, header);
            }
        }

        private static void AssertWritten(JsonHeaderText<THeader> text, JsonTypeInfo<THeader> contract, THeader header)
        {
            string? expected = null;
            string? actual = null;
            var refusal = Record.Exception(() => expected = JsonSerializer.Serialize(header, contract));
            var failure = Record.Exception(() =>
            {
                var written = text.Encode(header, new(FrameLimits.Default, 0), 0, new ArrayBufferWriter<byte>(), out var target);
                actual = Encoding.UTF8.GetString(target[..written]);
            });
            Assert.Equal((expected, refusal is null), (actual, failure is null));
        }

        private static string Describe(THeader header, JsonTypeInfo<THeader> contract) => $"{header} {JsonSerializer.Serialize(header, contract)}";
    }

    /// <summary>Up to three of the members besides the length, in every order, none of them twice.</summary>
    private static IEnumerable<string[]> Arrangements(string[] begun)
    {
        if (begun.Contains(Members[0]))
        {
            yield return begun;
        }

        foreach (var member in Members.Where(member => begun.Length < 4 && begun.All(other => other[..4] != member[..4])))
        {
            foreach (var arrangement in Arrangements([.. begun, member]))
            {
                yield return arrangement;
            }
        }
    }
}
