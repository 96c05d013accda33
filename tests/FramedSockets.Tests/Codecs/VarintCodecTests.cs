using FramedSockets.Codecs;

namespace FramedSockets.Tests.Codecs;

public sealed class VarintCodecTests : NoHeaderCodecTests
{
    protected override IHeaderCodec<NoHeader> Codec { get; } = new VarintCodec();

    [Theory]
    [InlineData(0, "00")]
    [InlineData(1, "01")]
    [InlineData(127, "7F")]
    [InlineData(128, "8001")]
    [InlineData(300, "AC02")]
    [InlineData(16_383, "FF7F")]
    [InlineData(16_384, "808001")]
    public void A_length_takes_as_many_bytes_as_it_needs(int length, string head)
    {
        var wire = CodecPeer.Encode(Codec, new(default, new byte[length]));
        Assert.Equal(head, Convert.ToHexString(wire.AsSpan(0, wire.Length - length)));
        Assert.Equal(length, Assert.Single(CodecPeer.Decode(Codec, wire).Frames).Body.Length);
    }

    [Theory]
    [InlineData("FFFFFFFF0F", 4_294_967_295L)]
    [InlineData("8080808001", 268_435_456L)]
    public void Five_bytes_say_up_to_32_bits(string wire, long length) => Assert.Equal(
        length, Codec.Decode(Convert.FromHexString(wire), new(new() { MaxBodyLength = long.MaxValue }, 0), out _).BodyLength);

    [Theory]
    [InlineData("FFFFFFFF10")]
    [InlineData("FFFFFFFFFF")]
    [InlineData("FFFFFFFF80")]
    [InlineData("8000")]
    [InlineData("8080808000")]
    [InlineData("FF00")]
    public void A_length_that_is_too_long_or_not_the_shortest_is_malformed(string wire) =>
        Assert.Equal(FramedSocketError.MalformedHeader, Failure(wire, long.MaxValue));

    [Fact]
    public void A_body_of_more_than_32_bits_is_refused()
    {
        var limits = new FrameLimits { MaxBodyLength = long.MaxValue };
        var refusal = Assert.Throws<FramedSocketException>(
            () => Codec.Encode(default, new(limits, uint.MaxValue + 1L), new System.Buffers.ArrayBufferWriter<byte>()));
        Assert.Equal(FramedSocketError.BodyTooLong, refusal.Error);
    }
}
