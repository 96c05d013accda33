using FramedSockets.Codecs;

namespace FramedSockets.Tests.Codecs;

public sealed class NetstringCodecTests : NoHeaderCodecTests
{
    protected override IHeaderCodec<NoHeader> Codec { get; } = new NetstringCodec();

    [Theory]
    [InlineData("hello", "353A68656C6C6F2C")]
    [InlineData("", "303A2C")]
    [InlineData("0123456789", "31303A303132333435363738392C")]
    public void A_body_stands_between_its_length_and_a_comma(string body, string wire)
    {
        Assert.Equal(wire, Hex(body));
        Assert.Equal(body, BodiesOf(wire));
    }

    [Theory]
    [InlineData("3A2C", FramedSocketError.MalformedHeader)]
    [InlineData("30303A2C", FramedSocketError.MalformedHeader)]
    [InlineData("30313A612C", FramedSocketError.MalformedHeader)]
    [InlineData("2D313A2C", FramedSocketError.MalformedHeader)]
    [InlineData("312C", FramedSocketError.MalformedHeader)]
    [InlineData("313A613B", FramedSocketError.MalformedTrailer)]
    [InlineData("303A3A", FramedSocketError.MalformedTrailer)]
    [InlineData("313032353A", FramedSocketError.BodyTooLong)]
    [InlineData("393939393939393939393939393939393939393939393939", FramedSocketError.BodyTooLong)]
    [InlineData("31303234", FramedSocketError.TruncatedFrame)]
    public void Anything_else_is_refused(string wire, FramedSocketError error) => Assert.Equal(error, Failure(wire));

    [Fact]
    public void The_largest_length_passes_where_the_limits_allow_it()
    {
        var limits = new FrameLimits { MaxBodyLength = long.MaxValue };
        Assert.Equal(long.MaxValue, Codec.Decode("9223372036854775807:"u8, new(limits, 0), out _).BodyLength);
        Assert.Equal(FramedSocketError.BodyTooLong, Codec.Decode("9223372036854775808:"u8, new(limits, 0), out _).Error);
    }
}
