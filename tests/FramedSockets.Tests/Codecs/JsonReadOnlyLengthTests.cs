using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using FramedSockets.Codecs;

namespace FramedSockets.Tests.Codecs;

/// <summary>Lengths that nobody can set, and policies that leave such members out.</summary>
public sealed class JsonReadOnlyLengthTests
{
    [Theory]
    [InlineData(false, true)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    [InlineData(true, false)]
    public void A_length_without_a_setter_is_refused_where_a_policy_leaves_it_out(bool isLeftOut, bool isGenerated)
    {
        var options = new JsonSerializerOptions
        {
            TypeInfoResolver = isGenerated ? ReadOnlyJsonContext.Default : new DefaultJsonTypeInfoResolver(),
            IgnoreReadOnlyProperties = isLeftOut,
        };
        var type = (JsonTypeInfo<ReadOnlyHeader>)options.GetTypeInfo(typeof(ReadOnlyHeader));
        AssertCanBeSent("Always");
        AssertCanBeSent("Settable");
        if (isLeftOut)
        {
            var refusal = Assert.Throws<ArgumentException>(() => new JsonHeaderCodec<ReadOnlyHeader>(type, "Plain"));
            Assert.Contains("JsonIgnoreCondition.Never", refusal.Message, StringComparison.Ordinal);
        }
        else
        {
            AssertCanBeSent("Plain");
        }

        void AssertCanBeSent(string member)
        {
            var codec = new JsonHeaderCodec<ReadOnlyHeader>(type, member);
            Assert.Equal([7], Assert.Single(CodecPeer.Decode(codec, CodecPeer.Encode(codec, new(new(0, 0), [7]))).Frames).Body);
        }
    }

    [Fact]
    public void A_length_in_a_field_without_a_setter_is_held_to_the_policy_of_fields()
    {
        Assert.NotEmpty(CodecPeer.Encode(new JsonHeaderCodec<FieldHeader>(Contract(ignoresFields: false), "Length"), new(new(0), [7])));
        _ = Assert.Throws<ArgumentException>(() => new JsonHeaderCodec<FieldHeader>(Contract(ignoresFields: true), "Length"));

        static JsonTypeInfo<FieldHeader> Contract(bool ignoresFields) => (JsonTypeInfo<FieldHeader>)new JsonSerializerOptions
        {
            TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
            IncludeFields = true,
            IgnoreReadOnlyFields = ignoresFields,
            IgnoreReadOnlyProperties = !ignoresFields,
        }.GetTypeInfo(typeof(FieldHeader));
    }
}

/// <summary>A header whose lengths are set through its constructor.</summary>
[method: JsonConstructor]
public sealed class ReadOnlyHeader(long plain, long always)
{
    public long Plain { get; } = plain;

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public long Always { get; } = always;

    public long Settable { get; init; }
}

/// <summary>A header whose length is a field.</summary>
[method: JsonConstructor]
internal sealed class FieldHeader(long length)
{
    public readonly long Length = length;
}

[JsonSerializable(typeof(ReadOnlyHeader))]
internal sealed partial class ReadOnlyJsonContext : JsonSerializerContext;
