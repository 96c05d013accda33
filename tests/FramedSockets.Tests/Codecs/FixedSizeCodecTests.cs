using FramedSockets.Codecs;
using FsCheck;
using FsCheck.Fluent;

namespace FramedSockets.Tests.Codecs;

public sealed class FixedSizeCodecTests : NoHeaderCodecTests
{
    protected override IHeaderCodec<NoHeader> Codec { get; } = new FixedSizeCodec(5);

    protected override IReadOnlyList<CodecSample<NoHeader>> Samples { get; } = [Sample("hello"), Sample("world"), Sample("again")];

    protected override Gen<byte[]> Bodies =>
        from length in Gen.Frequency((9, Gen.Constant(5)), (1, Gen.Choose(0, 9)))
        from value in Gen.Choose(0, 255)
        select Enumerable.Repeat((byte)value, length).ToArray();

    protected override int LargeBodyLength => 5;

    [Theory]
    [InlineData("")]
    [InlineData("four")]
    [InlineData("sixsix")]
    public void A_body_of_another_size_is_refused(string body) => Assert.Equal(FramedSocketError.UnframeableBody, Refused(body));

    [Fact]
    public async Task Large_frames_pass_a_pipe_that_holds_less()
    {
        var codec = new FixedSizeCodec(200_000);
        var wire = CodecPeer.Encode(codec, new(default, BodyOf(200_000)));
        var received = await CodecPeer.DecodeAsync(codec, wire.Chunk(4096).Select(chunk => (ReadOnlyMemory<byte>)chunk));
        Assert.Equal(wire, Assert.Single(received.Frames).Body);
    }

    [Fact]
    public void A_size_of_nothing_is_refused() => Assert.Throws<ArgumentOutOfRangeException>(() => new FixedSizeCodec(0));
}
