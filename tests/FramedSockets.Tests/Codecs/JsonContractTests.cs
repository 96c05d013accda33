using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using FramedSockets.Codecs;

namespace FramedSockets.Tests.Codecs;

/// <summary>Contracts that take names in any case: a strict one stands in for them, where nothing is lost by that.</summary>
public sealed class JsonContractTests
{
    [Fact]
    public void A_contract_in_any_case_that_may_have_been_changed_is_refused()
    {
        var type = ContractOf(Web());
        type.Properties.Single(property => property.Name == "cmd").Get = _ => "***";
        AssertRefused(type);

        var options = Web();
        var early = ContractOf(options);
        options.MakeReadOnly();
        AssertRefused(early);

        AssertRefused(JsonTypeInfo.CreateJsonTypeInfo<PutHeader>(new() { PropertyNameCaseInsensitive = true }));
        var others = new JsonSerializerOptions(JsonSerializerDefaults.Web) { TypeInfoResolver = new DefaultJsonTypeInfoResolver() };
        others.MakeReadOnly();
        AssertRefused(JsonTypeInfo.CreateJsonTypeInfo<PutHeader>(others));

        static void AssertRefused(JsonTypeInfo<PutHeader> type)
        {
            Assert.Contains(
                "PropertyNameCaseInsensitive", Assert.Throws<ArgumentException>(() => new SizedJsonCodec<PutHeader>(type)).Message, StringComparison.Ordinal);
            _ = Assert.Throws<ArgumentException>(() => new JsonHeaderCodec<PutHeader>(type, "filesize"));
        }
    }

    [Fact]
    public void A_contract_in_any_case_that_its_options_keep_is_made_strict()
    {
        var options = Web();
        options.MakeReadOnly();
        AssertStrict(ContractOf(options));
        AssertStrict(new TestJsonContext(new(JsonSerializerDefaults.Web)).PutHeader);

        static void AssertStrict(JsonTypeInfo<PutHeader> type)
        {
            var codec = new JsonHeaderCodec<PutHeader>(type, "filesize");
            var sent = new PutHeader("put", "a.txt", 1);
            Assert.Equal(sent, Assert.Single(CodecPeer.Decode(codec, CodecPeer.Encode(codec, new(sent, [7]))).Frames).Header);
            _ = codec.Decode(Frame("""{"filesize":0,"CMD":"x"}"""), new(FrameLimits.Default, 0), out var header);
            Assert.Null(header.Cmd);
        }
    }

    [Fact]
    public void A_modifier_of_the_resolver_holds_for_a_contract_that_is_made_strict()
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web)
        {
            TypeInfoResolver = TestJsonContext.Default.WithAddedModifier(
                type => type.Properties.Where(property => property.Name == "cmd").ToList().ForEach(property => property.Get = _ => "***")),
        };
        options.MakeReadOnly();
        var codec = new JsonHeaderCodec<PutHeader>(ContractOf(options), "filesize");
        Assert.Contains("\"cmd\":\"***\"", Encoding.UTF8.GetString(CodecPeer.Encode(codec, new(new("put", "", 0), []))), StringComparison.Ordinal);
    }

    private static JsonSerializerOptions Web() => new(JsonSerializerDefaults.Web) { TypeInfoResolver = TestJsonContext.Default };

    private static JsonTypeInfo<PutHeader> ContractOf(JsonSerializerOptions options) => (JsonTypeInfo<PutHeader>)options.GetTypeInfo(typeof(PutHeader));

    private static byte[] Frame(string json)
    {
        var frame = new byte[4 + json.Length];
        BinaryPrimitives.WriteInt32LittleEndian(frame, json.Length);
        _ = Encoding.ASCII.GetBytes(json, frame.AsSpan(4));
        return frame;
    }
}
