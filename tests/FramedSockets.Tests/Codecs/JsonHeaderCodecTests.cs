using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using FramedSockets.Codecs;
using FsCheck;
using FsCheck.Fluent;

namespace FramedSockets.Tests.Codecs;

public sealed class JsonHeaderCodecTests : CodecConformanceTests<PutHeader>
{
    private static readonly JsonHeaderCodec<PutHeader> Put = new(TestJsonContext.Default.PutHeader, "filesize");

    protected override IHeaderCodec<PutHeader> Codec => Put;

    protected override IReadOnlyList<CodecSample<PutHeader>> Samples { get; } =
        [new(new("put", "a.txt", 0), "hello"u8.ToArray()), new(new("", "", 0), []), new(new("gr\u00FC\u00DFe", "\"<\\\n", 7), [1, 2, 3])];

    protected override Gen<PutHeader> Headers =>
        from cmd in Gen.Elements("put", "", "\u00E4", "\"", "x\ny")
        from name in Gen.Choose(0, 60)
        from size in Gen.Choose(-9, 9)
        select new PutHeader(cmd, new('f', name), size);

    protected override CodecSample<PutHeader> LongHeader => new(new("put", new('f', 16_000), 0), [1, 2]);

    protected override PutHeader Received(CodecSample<PutHeader> sample)
    {
        ArgumentNullException.ThrowIfNull(sample);
        return sample.Header with { Filesize = sample.Body.Length };
    }

    protected override int? CountedLength(byte[] head)
    {
        ArgumentNullException.ThrowIfNull(head);
        return head.Length - 4;
    }

    [Fact]
    public void The_wire_is_that_of_the_tutorials()
    {
        var wire = CodecPeer.Encode(Put, new(new("put", "a.txt", 99), "hello"u8.ToArray()));
        Assert.Equal("""{"cmd":"put","filename":"a.txt","filesize":5}hello""", Encoding.UTF8.GetString(wire[4..]));
        Assert.Equal(45, BinaryPrimitives.ReadInt32LittleEndian(wire));
        var big = new JsonHeaderCodec<PutHeader>(TestJsonContext.Default.PutHeader, "filesize", ByteOrder.BigEndian);
        Assert.Equal(45, BinaryPrimitives.ReadInt32BigEndian(CodecPeer.Encode(big, new(new("put", "a.txt", 99), "hello"u8.ToArray()))));
    }

    [Theory]
    [InlineData("""{"filesize":0}""", 0L)]
    [InlineData("""{"cmd":"x","filesize":3,"other":null,"more":[1,{"filesize":9}],"deep":{"filesize":"x"}}""", 3L)]
    [InlineData("""{"other":true,"filesize":3,"filename":"é"}""", 3L)]
    [InlineData("""{ "cmd" : "a\u0062" , "filesize" : 67108864 }""", 67_108_864L)]
    [InlineData("""{"a":1,"b":2,"c":3,"d":4,"e":5,"f":6,"g":7,"h":8,"i":9,"j":10,"filesize":1}""", 1L)]
    [InlineData("""{"a":{"x":1},"b":{"x":1},"filesize":1}""", 1L)]
    [InlineData("""{"a":{"b":{"c":{"d":{"e":{"f":{"g":{}}}}}}},"filesize":1}""", 1L)]
    [InlineData("""{"n":-0.5e-7,"filesize":1}""", 1L)]
    [InlineData("""{"filesize":1,"\ud83d\ude00":1}""", 1L)]
    public void Strict_objects_pass(string json, long length) => Assert.Equal(length, Decode(json).BodyLength);

    [Theory]
    [InlineData("""{"filesize":-1}""")]
    [InlineData("""{"filesize":-0}""")]
    [InlineData("""{"filesize":9223372036854775808}""")]
    [InlineData("""{"filesize":18446744073709551616}""")]
    [InlineData("""{"filesize":1e3}""")]
    [InlineData("""{"filesize":1.0}""")]
    [InlineData("""{"filesize":01}""")]
    [InlineData("""{"filesize":+1}""")]
    [InlineData("""{"filesize":"5"}""")]
    [InlineData("""{"filesize":null}""")]
    [InlineData("""{"filesize":true}""")]
    [InlineData("""{"filesize":[]}""")]
    [InlineData("""{"filesize":{}}""")]
    [InlineData("""{"filesize":{"filesize":1}}""")]
    [InlineData("""{"filesize":1,"filesize":1}""")]
    [InlineData("""{"filesize":1,"\u0066ilesize":1}""")]
    [InlineData("""{"x":1,"filesize":1,"\u0078":1}""")]
    [InlineData("""{"x":1,"filesize":1,"x":1}""")]
    [InlineData("""{"filesize":1,"a":{"b":1,"b":1}}""")]
    [InlineData("""{"filesize":1,"a":[{"é":1,"\u00e9":1}]}""")]
    [InlineData("""{"FILESIZE":1}""")]
    [InlineData("""{"cmd":"x"}""")]
    [InlineData("{}")]
    [InlineData("""{"filesize":1}{}""")]
    [InlineData("""{"filesize":1}x""")]
    [InlineData("""{"filesize":1,}""")]
    [InlineData("""{,"filesize":1}""")]
    [InlineData("""{"filesize":1 "cmd":""}""")]
    [InlineData("""{"filesize":1}/**/""")]
    [InlineData("""{/**/"filesize":1}""")]
    [InlineData("\uFEFF{\"filesize\":1}")]
    [InlineData("[]")]
    [InlineData("[1]")]
    [InlineData("\"a\"")]
    [InlineData("1")]
    [InlineData("null")]
    [InlineData(" ")]
    [InlineData("{")]
    [InlineData("""{"filesize":1""")]
    [InlineData("""{"filesize""")]
    [InlineData("""{"filesize":""")]
    [InlineData("""{"filesize":1,"cmd":tru}""")]
    [InlineData("""{"filesize":1,"cmd":truex}""")]
    [InlineData("""{"filesize":1,"x":-}""")]
    [InlineData("""{"filesize":1,"x":1.}""")]
    [InlineData("""{"filesize":1,"x":1e}""")]
    [InlineData("{\"filesize\":1,\"cmd\":\"a\nb\"}")]
    [InlineData("""{"filesize":1,"cmd":"\ud800"}""")]
    [InlineData("""{"filesize":1,"other":"\udc00x"}""")]
    [InlineData("""{"filesize":1,"\ud800":"x"}""")]
    [InlineData("""{"filesize":1,"cmd":"\x"}""")]
    [InlineData("""{"filesize":1,"cmd":5}""")]
    [InlineData("""{"filesize":1,"a":{"b":{"c":{"d":{"e":{"f":{"g":{"h":{}}}}}}}}}""")]
    [InlineData("""{"filesize":1,"a":[[[[[[[[]]]]]]]]}""")]
    public void Anything_else_is_malformed(string json)
    {
        var failure = Fail(Frame(Encoding.UTF8.GetBytes(json)), Put);
        Assert.Equal(FramedSocketError.MalformedHeader, failure.Error);
        Assert.Null(failure.InnerException);
    }

    [Theory]
    [InlineData("{\"filesize\":1,\"cmd\":\"\xFF\"}")]
    [InlineData("{\"filesize\":1,\"other\":\"\xC3\"}")]
    [InlineData("{\"filesize\":1,\"\xED\xA0\x80\":1}")]
    [InlineData("{\"filesize\":1}\xFF")]
    public void Bytes_that_are_not_utf8_are_malformed(string latin) =>
        Assert.Equal(FramedSocketError.MalformedHeader, Fail(Frame(Encoding.Latin1.GetBytes(latin)), Put).Error);

    [Fact]
    public void The_options_of_the_contract_do_not_loosen_the_rules()
    {
        var codec = new JsonHeaderCodec<PutHeader>(LenientJsonContext.Default.PutHeader, "filesize");
        foreach (var json in new[]
        {
            """{"FILESIZE":1}""", """{"filesize":"1"}""", """{"filesize":1,}""", """{"filesize":1/**/}""",
        })
        {
            Assert.Equal(FramedSocketError.MalformedHeader, Fail(Frame(Encoding.UTF8.GetBytes(json)), codec).Error);
        }

        var result = codec.Decode(Frame("""{"filesize":1,"FILESIZE":2,"Cmd":"x"}"""u8), new(FrameLimits.Default, 0), out var header);
        Assert.Equal(1, result.BodyLength);
        Assert.Equal(new(null!, null!, 1), header);
    }

    [Fact]
    public void At_most_64_members_pass_on_all_levels()
    {
        Assert.Equal(1, Decode(Members(63)).BodyLength);
        Assert.Equal(FramedSocketError.MalformedHeader, Fail(Frame(Encoding.UTF8.GetBytes(Members(64))), Put).Error);

        static string Members(int others) =>
            $$$"""{"filesize":1,"o":{{{{string.Join(',', Enumerable.Range(1, others - 1).Select(i => $"\"m{i}\":0"))}}}}}""";
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(int.MinValue)]
    [InlineData(16 * 1024 + 1)]
    [InlineData(int.MaxValue)]
    public void A_header_length_out_of_range_is_refused_after_four_bytes(int length)
    {
        var head = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(head, length);
        var failure = Fail(head, Put);
        Assert.Equal(FramedSocketError.HeaderTooLong, failure.Error);
        Assert.Contains($"{length}", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_refusal_gives_the_position_and_never_the_text()
    {
        var failure = Fail(Frame("{\"filesize\":1,\n\"cmd\":\"\r\nSECRET\u001B"u8), Put);
        Assert.DoesNotContain("SECRET", failure.ToString(), StringComparison.Ordinal);
        Assert.Contains("byte", failure.Message, StringComparison.Ordinal);
        var typed = Fail(Frame("{\"filesize\":1,\n\"cmd\":[\"SECRET\"]}"u8), Put);
        Assert.DoesNotContain("SECRET", typed.ToString(), StringComparison.Ordinal);
        Assert.Contains("22", typed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_an_accessor_refuses_is_malformed()
    {
        var codec = new JsonHeaderCodec<CheckedHeader>(TestJsonContext.Default.CheckedHeader, "length");
        Assert.Equal(FramedSocketError.MalformedHeader, Fail(Frame("""{"length":0,"percent":101}"""u8), codec).Error);
        _ = codec.Decode(Frame("""{"length":0,"percent":100}"""u8), new(FrameLimits.Default, 0), out var header);
        Assert.Equal(100, header.Percent);
    }

    [Fact]
    public void Accessors_that_refuse_an_order_are_asked_in_that_of_the_text()
    {
        var codec = new JsonHeaderCodec<RangeHeader>(TestJsonContext.Default.RangeHeader, "length");
        _ = codec.Decode(Frame("{\"high\":5,\"low\":9,\"length\":0}"u8), new(FrameLimits.Default, 0), out var header);
        Assert.Equal((9, 5), (header.Low, header.High));
    }

    [Theory]
    [InlineData("""{"length":0,"first":5,"last":9}""", 9)]
    [InlineData("""{"last":9,"length":0,"first":5}""", 5)]
    public void Accessors_that_set_more_than_their_own_are_called_in_the_order_of_the_text(string json, int last)
    {
        var codec = new JsonHeaderCodec<SpanHeader>(TestJsonContext.Default.SpanHeader, "length");
        _ = codec.Decode(Frame(Encoding.UTF8.GetBytes(json)), new(FrameLimits.Default, 0), out var header);
        Assert.Equal((5, last), (header.First, header.Last));
        Assert.Equal(JsonSerializer.Deserialize(json, TestJsonContext.Default.SpanHeader), header);
    }

    [Fact]
    public void Members_that_are_only_stored_are_read_in_any_order_without_the_serializer()
    {
        var codec = new JsonHeaderCodec<AllMembers>(TestJsonContext.Default.AllMembers, "length");
        var wire = Frame("""{"length":0,"text":"x","octet":3,"flag":true,"eight":4,"four":5,"two":6,"signedOctet":7,"unsignedEight":8,"unsignedFour":9,"unsignedTwo":10}"""u8);
        var header = default(AllMembers);

        // The first run warms up; one in which the runtime compiled something may count for nothing.
        var least = Enumerable.Range(0, 5).Min(_ =>
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            codec.Decode(wire, new(FrameLimits.Default, 0), out header);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        });
        Assert.Equal(0, least);
        Assert.Equal(new(4, 5, 6, 7, 8, 9, 10, 3, true, "x", 0), header);
    }

    [Fact]
    public void A_property_that_is_ignored_is_no_member_whatever_its_name()
    {
        var codec = new JsonHeaderCodec<ShadowedHeader>(TestJsonContext.Default.ShadowedHeader, "length");
        var wire = CodecPeer.Encode(codec, new(new() { Position = 5 }, []));
        Assert.Contains("\"at\":5", Encoding.UTF8.GetString(wire), StringComparison.Ordinal);
        Assert.Equal(5, Assert.Single(CodecPeer.Decode(codec, wire).Frames).Header.Position);
    }

    [Fact]
    public void An_accessor_that_throws_makes_a_header_that_cannot_be_written()
    {
        var codec = new JsonHeaderCodec<ThrowingHeader>(TestJsonContext.Default.ThrowingHeader, "length");
        var refusal = Assert.Throws<FramedSocketException>(() => CodecPeer.Encode(codec, new(default, [])));
        Assert.Equal(FramedSocketError.MalformedHeader, refusal.Error);
        _ = Assert.IsType<NotSupportedException>(refusal.InnerException);
    }

    [Theory]
    [InlineData("plain", false)]
    [InlineData("\u00FC", false)]
    [InlineData("plain", true)]
    [InlineData("\u00FC", true)]
    public void Names_are_spelled_as_the_serializer_spells_them_whatever_the_values_are(string text, bool isRelaxed)
    {
        var type = isRelaxed
            ? new TestJsonContext(new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }).EscapedNames
            : TestJsonContext.Default.EscapedNames;
        var codec = new JsonHeaderCodec<EscapedNames>(type, "l&n");
        var sent = new EscapedNames(text, 5, 1);
        var wire = CodecPeer.Encode(codec, new(sent, [7]));
        Assert.Equal(JsonSerializer.Serialize(sent, type), Encoding.UTF8.GetString(wire[4..^1]));
        Assert.Equal(sent, Assert.Single(CodecPeer.Decode(codec, wire).Frames).Header);
    }

    [Fact]
    public void A_contract_that_was_changed_is_kept_as_it_was_changed()
    {
        var type = (JsonTypeInfo<AllMembers>)new JsonSerializerOptions(TestJsonContext.Default.Options).GetTypeInfo(typeof(AllMembers));
        type.Properties.Single(property => property.Name == "text").Get = _ => "***";
        type.CreateObject = () => new() { Four = 7 };
        var codec = new JsonHeaderCodec<AllMembers>(type, "length");
        var wire = CodecPeer.Encode(codec, new(new() { Text = "secret" }, []));
        Assert.Contains("\"text\":\"***\"", Encoding.UTF8.GetString(wire));
        _ = codec.Decode(Frame("{\"length\":0}"u8), new(FrameLimits.Default, 0), out var header);
        Assert.Equal(7, header.Four);
        _ = Assert.Throws<InvalidOperationException>(() => type.CreateObject = () => default);
    }

    [Fact]
    public void A_header_over_the_limit_takes_no_memory_for_itself()
    {
        var output = new ArrayBufferWriter<byte>(16);
        var codec = new JsonHeaderCodec<PutRecord>(TestJsonContext.Default.PutRecord, "filesize");
        var e = Assert.Throws<FramedSocketException>(() => codec.Encode(new("put", new('x', 1_000_000), 0), new(FrameLimits.Default, 0), output));
        Assert.Equal(FramedSocketError.HeaderTooLong, e.Error);
        Assert.Equal(16, output.Capacity);
    }

    [Fact]
    public void Every_plain_member_goes_both_ways()
    {
        var codec = new JsonHeaderCodec<AllMembers>(TestJsonContext.Default.AllMembers, "length");
        var headers = from large in Gen.Choose(int.MinValue, int.MaxValue)
                      from small in Gen.Choose(short.MinValue, short.MaxValue)
                      from text in Gen.Choose(' ', '\u0100').Select(c => (char)c).ArrayOf()
                      select new AllMembers(
                          large * 4_000_000_000L, large, (short)small, (sbyte)small, (ulong)large, (uint)large, (ushort)small, (byte)small, small > 0, new(text), 0);
        Prop.ForAll(headers.ToArbitrary(), header =>
        {
            // Both directions meet the serializer in the middle.
            var wire = CodecPeer.Encode(codec, new(header, [7]));
            var sent = header with { Length = 1 };
            Assert.Equal(JsonSerializer.Serialize(sent, TestJsonContext.Default.AllMembers), Encoding.UTF8.GetString(wire[4..^1]));
            Assert.Equal(sent, Assert.Single(CodecPeer.Decode(codec, wire).Frames).Header);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));
    }

    [Theory]
    [InlineData("""{"four":2147483648,"length":0}""")]
    [InlineData("""{"octet":-1,"length":0}""")]
    [InlineData("""{"unsignedEight":-1,"length":0}""")]
    [InlineData("""{"flag":1,"length":0}""")]
    [InlineData("""{"text":1,"length":0}""")]
    [InlineData("""{"length":2147483648}""")]
    public void A_value_that_its_member_cannot_hold_is_malformed(string json)
    {
        var codec = new JsonHeaderCodec<AllMembers>(TestJsonContext.Default.AllMembers, "length");
        Assert.Equal(FramedSocketError.MalformedHeader, Fail(Frame(Encoding.UTF8.GetBytes(json)), codec).Error);
    }

    [Fact]
    public void A_body_longer_than_the_length_member_can_say_is_refused()
    {
        var codec = new JsonHeaderCodec<AllMembers>(TestJsonContext.Default.AllMembers, "signedOctet");
        Assert.NotEmpty(CodecPeer.Encode(codec, new(default, new byte[127])));
        var refusal = Assert.Throws<FramedSocketException>(() => CodecPeer.Encode(codec, new(default, new byte[128])));
        Assert.Equal(FramedSocketError.BodyTooLong, refusal.Error);
    }

    [Theory]
    [InlineData("nothing", "'text', 'fraction', 'maybe', 'sometimes', 'asText', 'good'")]
    [InlineData("Good", "'good'")]
    [InlineData("text", "integer type")]
    [InlineData("fraction", "integer type")]
    [InlineData("maybe", "integer type")]
    [InlineData("sometimes", "always written")]
    [InlineData("asText", "written as text")]
    public void A_member_that_cannot_say_a_length_is_refused(string member, string reason) => Assert.Contains(
        reason,
        Assert.Throws<ArgumentException>(() => new JsonHeaderCodec<BadLengths>(TestJsonContext.Default.BadLengths, member)).Message,
        StringComparison.Ordinal);

    [Fact]
    public void A_type_that_is_no_object_is_refused() =>
        Assert.Throws<ArgumentException>(() => new JsonHeaderCodec<int[]>(TestJsonContext.Default.Int32Array, "length"));

    [Fact]
    public void A_member_without_a_name_is_refused() =>
        Assert.Throws<ArgumentException>(() => new JsonHeaderCodec<BadLengths>(TestJsonContext.Default.BadLengths, ""));

    private static HeaderDecodeResult Decode(string json) => Put.Decode(Frame(Encoding.UTF8.GetBytes(json)), new(FrameLimits.Default, 0), out _);

    private static byte[] Frame(ReadOnlySpan<byte> json)
    {
        var frame = new byte[4 + json.Length];
        BinaryPrimitives.WriteInt32LittleEndian(frame, json.Length);
        json.CopyTo(frame.AsSpan(4));
        return frame;
    }

    private static FramedSocketException Fail<THeader>(byte[] wire, IHeaderCodec<THeader> codec)
    {
        var received = CodecPeer.Decode(codec, wire);
        Assert.Empty(received.Frames);
        return received.Failure!;
    }
}
