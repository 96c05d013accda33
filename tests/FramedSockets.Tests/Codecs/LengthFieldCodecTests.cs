using FramedSockets.Codecs;
using FsCheck;
using FsCheck.Fluent;

namespace FramedSockets.Tests.Codecs;

public sealed class LengthFieldCodecTests : CodecConformanceTests<LengthFieldHeader>
{
    protected override IHeaderCodec<LengthFieldHeader> Codec { get; } =
        new LengthFieldCodec(new() { BytesBefore = 1, Width = 2, BytesAfter = 3, ByteOrder = ByteOrder.LittleEndian });

    protected override IReadOnlyList<CodecSample<LengthFieldHeader>> Samples { get; } =
        [new(new([1], [2, 3, 4]), [5, 6]), new(new([0], [0, 0, 0]), []), new(new([0xFF], [0xFE, 0xFD, 0xFC]), "hello world"u8.ToArray())];

    protected override Gen<LengthFieldHeader> Headers =>
        from before in Gen.Choose(0, 255)
        from after in Gen.Choose(0, 255)
        from length in Gen.Frequency((9, Gen.Constant(3)), (1, Gen.Choose(0, 4)))
        select new LengthFieldHeader([(byte)before], [.. Enumerable.Repeat((byte)after, length)]);

    protected override CodecSample<LengthFieldHeader> LongHeader => Samples[0];

    protected override int? CountedLength(byte[] head)
    {
        ArgumentNullException.ThrowIfNull(head);
        return head.Length - 2;
    }

    protected override int LargeBodyLength => 65_000;

    [Theory]
    [InlineData(1, 2, 1, LengthCounts.WhatFollows, 0, "CA0006FE")]
    [InlineData(1, 2, 1, LengthCounts.Body, 0, "CA0005FE")]
    [InlineData(1, 2, 1, LengthCounts.ItselfAndWhatFollows, 0, "CA0008FE")]
    [InlineData(1, 2, 1, LengthCounts.WholeFrame, 0, "CA0009FE")]
    [InlineData(1, 2, 1, LengthCounts.WhatFollows, -3, "CA0009FE")]
    [InlineData(1, 2, 1, LengthCounts.WhatFollows, 1, "CA0005FE")]
    [InlineData(1, 8, 0, LengthCounts.WhatFollows, 0, "CA0000000000000005")]
    [InlineData(0, 4, 1, LengthCounts.Body, 0, "00000005FE")]
    public void The_options_say_what_the_length_counts(int before, int width, int after, LengthCounts counts, int adjustment, string head)
    {
        var codec = new LengthFieldCodec(new() { BytesBefore = before, Width = width, BytesAfter = after, Counts = counts, Adjustment = adjustment });
        var sample = new CodecSample<LengthFieldHeader>(
            new(((ReadOnlySpan<byte>)[0xCA])[..before], ((ReadOnlySpan<byte>)[0xFE])[..after]), "hello"u8.ToArray());
        var wire = CodecPeer.Encode(codec, sample);
        Assert.Equal(head + "68656C6C6F", Convert.ToHexString(wire));
        var frame = Assert.Single(CodecPeer.Decode(codec, wire).Frames);
        Assert.Equal(sample.Header, frame.Header);
        Assert.Equal(sample.Body, frame.Body);
    }

    [Fact]
    public void A_header_shows_its_bytes()
    {
        var header = new LengthFieldHeader([1, 2], [3]);
        Assert.Equal<byte[]>([1, 2], header.Before.ToArray());
        Assert.Equal<byte[]>([3], header.After.ToArray());
        Assert.Equal("0102|03", header.ToString());
        Assert.True(header == new LengthFieldHeader([1, 2], [3]));
        Assert.True(header != new LengthFieldHeader([1], [2, 3]));
        Assert.Equal(header.GetHashCode(), new LengthFieldHeader([1, 2], [3]).GetHashCode());
        Assert.Throws<ArgumentException>(() => new LengthFieldHeader(new byte[10], new byte[7]));
    }

    [Fact]
    public void A_header_with_other_bytes_than_the_framing_is_refused()
    {
        var refusal = Assert.Throws<FramedSocketException>(() => CodecPeer.Encode(Codec, new(new([1, 2], [3]), [])));
        Assert.Equal(FramedSocketError.MalformedHeader, refusal.Error);
    }

    [Fact]
    public void Options_that_make_no_sense_are_refused_with_what_to_write_instead()
    {
        AssertRefused(new(), "LengthPrefixCodec");
        AssertRefused(new() { BytesBefore = 9, BytesAfter = 8 }, "leave the rest to the body");
        AssertRefused(new() { BytesBefore = 1, Counts = LengthCounts.WholeFrame, Adjustment = 2 }, "Adjustment = -3 alone");
        AssertRefused(new() { BytesBefore = 1, Width = 1, Adjustment = -256 }, "greater Width");
        Assert.Throws<ArgumentOutOfRangeException>(() => new LengthFieldOptions { BytesAfter = 17 });

        static void AssertRefused(LengthFieldOptions options, string instead) =>
            Assert.Contains(instead, Assert.Throws<ArgumentException>(() => new LengthFieldCodec(options)).Message, StringComparison.Ordinal);
    }
}
