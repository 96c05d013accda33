using FramedSockets.Codecs;

namespace FramedSockets.Tests.Codecs;

/// <summary>Without a framing each split gives other frames, so what holds is what they are together.</summary>
public sealed class RawCodecTests
{
    private static readonly byte[] Wire = "hello world"u8.ToArray();

    [Fact]
    public async Task Every_part_that_arrives_is_a_frame()
    {
        foreach (var parts in Splits.InThree(Wire))
        {
            var expected = parts.Where(part => part.Length > 0).Select(part => part.ToArray());
            var segments = new GuardedSegments();
            Assert.Equal(expected, Bodies(CodecPeer.Decode(new RawCodec(), segments.Of(parts))));
            Assert.Equal(expected, Bodies(CodecPeer.Decode(new RawCodec(), segments.FollowedByAnother(parts))));
            segments.AssertGuards();
        }
    }

    [Fact]
    public async Task A_pipe_may_join_what_arrives_but_loses_nothing()
    {
        foreach (var parts in Splits.InTwo(Wire).Append(Splits.InBytes(Wire)))
        {
            var bodies = Bodies(await CodecPeer.DecodeAsync(new RawCodec(), parts)).ToArray();
            Assert.DoesNotContain(bodies, body => body.Length == 0);
            Assert.Equal(Wire, bodies.SelectMany(body => body));
        }
    }

    [Theory]
    [InlineData(4)]
    [InlineData(1)]
    public void More_than_the_limit_is_several_frames(int limit)
    {
        var received = CodecPeer.Decode(new RawCodec(), Wire, new FrameLimits { MaxBodyLength = limit });
        Assert.Null(received.Failure);
        Assert.Equal(Wire.Chunk(limit), Bodies(received));
    }

    [Fact]
    public void A_body_is_sent_as_it_is_and_an_empty_one_not_at_all()
    {
        Assert.Equal(Wire, CodecPeer.Encode(new RawCodec(), new(default, Wire)));
        var refusal = Assert.Throws<FramedSocketException>(() => CodecPeer.Encode(new RawCodec(), new(default, [])));
        Assert.Equal(FramedSocketError.UnframeableBody, refusal.Error);
    }

    private static IEnumerable<byte[]> Bodies(Reception<NoHeader> received) => received.Frames.Select(frame => frame.Body);
}
