using FramedSockets.Codecs;

namespace FramedSockets.Tests.Codecs;

public sealed class LineCodecTests : NoHeaderCodecTests
{
    protected override IHeaderCodec<NoHeader> Codec { get; } = new LineCodec();

    protected override CodecSample<NoHeader> LongHeader => new(default, BodyOf(16_000));

    protected override bool CanBeSent(CodecSample<NoHeader> frame)
    {
        ArgumentNullException.ThrowIfNull(frame);
        return frame.Body is not [.., (byte)'\r'];
    }

    [Theory]
    [InlineData("68690A", "hi")]
    [InlineData("68690D0A", "hi")]
    [InlineData("0A0D0A", "|")]
    [InlineData("610D620A", "a\rb")]
    [InlineData("0D610A", "\ra")]
    [InlineData("610D0D0A", "a\r")]
    public void A_line_ends_at_its_line_feed_and_loses_the_return_before_it(string wire, string lines) => Assert.Equal(lines, BodiesOf(wire));

    [Theory]
    [InlineData("a\nb")]
    [InlineData("\n")]
    [InlineData("a\r")]
    public void A_line_that_would_arrive_as_another_is_refused(string line) => Assert.Equal(FramedSocketError.UnframeableBody, Refused(line));

    [Theory]
    [InlineData("616161", 2, FramedSocketError.BodyTooLong)]
    [InlineData("61610D", 2, FramedSocketError.TruncatedFrame)]
    [InlineData("61610D0A", 2, null)]
    [InlineData("61610D61", 2, FramedSocketError.BodyTooLong)]
    public void A_line_without_an_end_is_refused_at_the_limit(string wire, int limit, FramedSocketError? error) => Assert.Equal(error, Failure(wire, limit));
}
