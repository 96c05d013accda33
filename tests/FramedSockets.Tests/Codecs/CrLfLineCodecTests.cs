using FramedSockets.Codecs;

namespace FramedSockets.Tests.Codecs;

public sealed class CrLfLineCodecTests : NoHeaderCodecTests
{
    protected override IHeaderCodec<NoHeader> Codec { get; } = new LineCodec(LineEnding.CrLf);

    protected override CodecSample<NoHeader> LongHeader => new(default, BodyOf(16_000));

    [Theory]
    [InlineData("hi", "68690D0A")]
    [InlineData("hi\r", "68690D0D0A")]
    [InlineData("", "0D0A")]
    public void A_line_is_followed_by_a_return_and_a_line_feed(string line, string wire)
    {
        Assert.Equal(wire, Hex(line));
        Assert.Equal(line, BodiesOf(wire));
    }
}
