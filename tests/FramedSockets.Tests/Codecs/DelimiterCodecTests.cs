using FramedSockets.Codecs;
using FsCheck;
using FsCheck.Fluent;

namespace FramedSockets.Tests.Codecs;

/// <summary>A delimiter that overlaps itself, and bodies that come near it.</summary>
public sealed class DelimiterCodecTests : NoHeaderCodecTests
{
    protected override IHeaderCodec<NoHeader> Codec { get; } = new DelimiterCodec("aba"u8);

    protected override Gen<byte[]> Bodies => Gen.Elements("abc"u8.ToArray()).ArrayOf();

    protected override CodecSample<NoHeader> LongHeader => new(default, BodyOf(16_000));

    protected override int LooksPerByte => 3;

    [Theory]
    [InlineData("c", "63616261")]
    [InlineData("", "616261")]
    [InlineData("a", "61616261")]
    [InlineData("bab", "626162616261")]
    public void A_body_is_followed_by_the_delimiter_unless_that_would_end_it_sooner(string body, string wire)
    {
        if (body == "bab")
        {
            Assert.Equal(FramedSocketError.UnframeableBody, Refused(body));
            return;
        }

        Assert.Equal(wire, Hex(body));
        Assert.Equal(body, BodiesOf(wire));
    }

    [Theory]
    [InlineData("aba")]
    [InlineData("cabac")]
    [InlineData("ab")]
    [InlineData("cab")]
    public void A_body_that_holds_or_begins_the_delimiter_is_refused(string body) => Assert.Equal(FramedSocketError.UnframeableBody, Refused(body));

    [Theory]
    [InlineData("63636363", 3, FramedSocketError.TruncatedFrame)]
    [InlineData("636363636363", 3, FramedSocketError.BodyTooLong)]
    [InlineData("63636363616261", 3, FramedSocketError.BodyTooLong)]
    [InlineData("636363616261", 3, null)]
    public void A_body_without_an_end_is_refused_at_the_limit(string wire, int limit, FramedSocketError? error) => Assert.Equal(error, Failure(wire, limit));

    [Fact]
    public void The_limit_is_that_of_bodies_held_in_memory()
    {
        var limits = new FrameLimits { MaxBodyLength = 100, MaxBufferedBodyLength = 3 };
        Assert.Null(CodecPeer.TryEncode(Codec, Sample("cccc"), limits));
        Assert.Equal(FramedSocketError.BodyTooLong, CodecPeer.Decode(Codec, "ccccaba"u8.ToArray(), limits).Failure?.Error);
        Assert.Single(CodecPeer.Decode(Codec, CodecPeer.Encode(Codec, Sample("ccc"), limits), limits).Frames);
    }

    [Fact]
    public async Task A_body_of_the_limit_may_have_the_longest_delimiter_however_it_arrives()
    {
        var limits = new FrameLimits { MaxHeaderLength = 1, MaxBodyLength = 10 };
        var codec = new DelimiterCodec([.. BodyOf(254), 0]);
        var wire = CodecPeer.Encode(codec, Sample("0123456789"), limits);
        Assert.Single((await CodecPeer.DecodeAsync(codec, Splits.InBytes(wire), limits)).Frames);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(256)]
    public void A_delimiter_without_bytes_or_with_too_many_is_refused(int length) =>
        Assert.Throws<ArgumentException>(() => new DelimiterCodec(new byte[length]));

    [Fact]
    public void A_delimiter_of_one_byte_never_has_a_byte_looked_at_twice()
    {
        var recorder = new RecordingCodec<NoHeader>(new DelimiterCodec([0]));
        byte[] body = [.. BodyOf(5000), 0];
        var context = new HeaderDecodeContext(FrameLimits.Default, 0);
        for (var length = 1; length < body.Length; length++)
        {
            context = new(FrameLimits.Default, recorder.Decode(body.AsSpan(0, length), context, out _).Examined);
        }

        Assert.True(recorder.Decode(body, context, out _).IsComplete);
        Assert.Equal(body.Length, recorder.BytesShown);
    }
}
