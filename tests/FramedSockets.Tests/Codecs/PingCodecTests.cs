using FramedSockets.Codecs;

namespace FramedSockets.Tests.Codecs;

/// <summary>On the wire it is the framing that it was given, in everything.</summary>
public sealed class PingCodecTests : NoHeaderCodecTests
{
    private static readonly FramePing<NoHeader> Ping = new(default, "PING"u8.ToArray());

    protected override IHeaderCodec<NoHeader> Codec { get; } = new PingCodec<NoHeader>(new LineCodec(LineEnding.CrLf), Ping);

    protected override CodecSample<NoHeader> LongHeader => new(default, BodyOf(16_000));

    [Fact]
    public void It_gives_its_framing_a_ping()
    {
        Assert.Same(Ping, Codec.Ping);
        Assert.Null(((IHeaderCodec<NoHeader>)new LineCodec()).Ping);
        Assert.Equal("50494E470D0A", Hex("PING"));
    }

    [Fact]
    public void Arguments_are_checked()
    {
        _ = Assert.Throws<ArgumentNullException>(() => new PingCodec<NoHeader>(null!, Ping));
        _ = Assert.Throws<ArgumentNullException>(() => new PingCodec<NoHeader>(new LineCodec(), null!));
    }
}
