using FsCheck;
using FsCheck.Fluent;

namespace FramedSockets.Tests.Codecs;

/// <summary>The conformance of framings that have no header to show.</summary>
public abstract class NoHeaderCodecTests : CodecConformanceTests<NoHeader>
{
    protected override IReadOnlyList<CodecSample<NoHeader>> Samples { get; } =
        [new(default, "hello"u8.ToArray()), new(default, []), new(default, "hello world"u8.ToArray())];

    protected override Gen<NoHeader> Headers => Gen.Constant(default(NoHeader));

    protected override CodecSample<NoHeader> LongHeader => Samples[0];

    protected string Hex(string body) => Convert.ToHexString(CodecPeer.Encode(Codec, Sample(body)));

    protected FramedSocketError? Refused(string body) => Record.Exception(() => CodecPeer.Encode(Codec, Sample(body))) is FramedSocketException e ? e.Error : null;

    protected string BodiesOf(string wire) => string.Join('|', CodecPeer.Decode(Codec, Convert.FromHexString(wire)).Frames.Select(frame => Text(frame.Body)));

    protected FramedSocketError? Failure(string wire, long maxBody = 1024) =>
        CodecPeer.Decode(Codec, Convert.FromHexString(wire), new FrameLimits { MaxBodyLength = maxBody }).Failure?.Error;

    protected static CodecSample<NoHeader> Sample(string body) => new(default, System.Text.Encoding.Latin1.GetBytes(body));

    private static string Text(byte[] body) => System.Text.Encoding.Latin1.GetString(body);
}
