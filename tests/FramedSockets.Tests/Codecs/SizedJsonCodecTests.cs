using FramedSockets.Codecs;
using FsCheck;
using FsCheck.Fluent;

namespace FramedSockets.Tests.Codecs;

public sealed class SizedJsonCodecTests : CodecConformanceTests<PutHeader>
{
    protected override IHeaderCodec<PutHeader> Codec { get; } = new SizedJsonCodec<PutHeader>(TestJsonContext.Default.PutHeader);

    protected override IReadOnlyList<CodecSample<PutHeader>> Samples { get; } =
        [new(new("put", "a.txt", 7), "hello"u8.ToArray()), new(new("", "", -1), []), new(new("\u00E4", "\"", 0), [1, 2, 3])];

    protected override Gen<PutHeader> Headers =>
        from cmd in Gen.Elements("put", "", "\u00E4")
        from name in Gen.Choose(0, 60)
        from size in Gen.Choose(-9, 9)
        select new PutHeader(cmd, new('f', name), size);

    protected override CodecSample<PutHeader> LongHeader => new(new("put", new('f', 16_000), 0), [1, 2]);

    protected override int? CountedLength(byte[] head)
    {
        ArgumentNullException.ThrowIfNull(head);
        return head.Length - 8;
    }

    [Theory]
    [InlineData("0000000000000000", FramedSocketError.MalformedHeader)]
    [InlineData("0400000000000000", FramedSocketError.MalformedHeader)]
    [InlineData("0500000002000000", FramedSocketError.MalformedHeader)]
    [InlineData("FFFFFFFF01400000", FramedSocketError.HeaderTooLong)]
    [InlineData("07000004FFFFFFFF", FramedSocketError.HeaderTooLong)]
    [InlineData("07000004020000007B7D", FramedSocketError.BodyTooLong)]
    [InlineData("06000000020000007B7D", null)]
    [InlineData("06000000020000005B5D", FramedSocketError.MalformedHeader)]
    [InlineData("060000000200", FramedSocketError.TruncatedFrame)]
    public void Lengths_that_do_not_fit_are_refused(string wire, FramedSocketError? error) =>
        Assert.Equal(error, CodecPeer.Decode(Codec, Convert.FromHexString(wire)).Failure?.Error);

    [Fact]
    public void The_first_length_counts_all_that_follows()
    {
        var big = new SizedJsonCodec<PutHeader>(TestJsonContext.Default.PutHeader, ByteOrder.BigEndian);
        var wire = CodecPeer.Encode(big, new(new("put", "a.txt", 7), "hello"u8.ToArray()));
        Assert.Equal("000000360000002D", Convert.ToHexString(wire.AsSpan(0, 8)));
        Assert.Equal(4 + 0x36, wire.Length);
    }
}
