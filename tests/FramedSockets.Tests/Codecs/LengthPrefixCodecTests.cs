using FramedSockets.Codecs;

namespace FramedSockets.Tests.Codecs;

public sealed class LengthPrefixCodecTests : NoHeaderCodecTests
{
    protected override IHeaderCodec<NoHeader> Codec { get; } = new LengthPrefixCodec();

    [Theory]
    [InlineData(1, ByteOrder.BigEndian, false, 0, "05")]
    [InlineData(2, ByteOrder.BigEndian, false, 0, "0005")]
    [InlineData(3, ByteOrder.BigEndian, false, 0, "000005")]
    [InlineData(4, ByteOrder.BigEndian, false, 0, "00000005")]
    [InlineData(8, ByteOrder.BigEndian, false, 0, "0000000000000005")]
    [InlineData(2, ByteOrder.LittleEndian, false, 0, "0500")]
    [InlineData(3, ByteOrder.LittleEndian, false, 0, "050000")]
    [InlineData(4, ByteOrder.LittleEndian, false, 0, "05000000")]
    [InlineData(8, ByteOrder.LittleEndian, false, 0, "0500000000000000")]
    [InlineData(2, ByteOrder.LittleEndian, true, 0, "0700")]
    [InlineData(4, ByteOrder.BigEndian, true, 0, "00000009")]
    [InlineData(1, ByteOrder.BigEndian, false, 1, "04")]
    [InlineData(1, ByteOrder.BigEndian, false, -250, "FF")]
    public void The_options_say_how_the_length_is_written(int width, ByteOrder order, bool countsItself, int adjustment, string head)
    {
        var codec = new LengthPrefixCodec(new() { Width = width, ByteOrder = order, CountsItself = countsItself, Adjustment = adjustment });
        var wire = CodecPeer.Encode(codec, new(default, "hello"u8.ToArray()));
        Assert.Equal(head + "68656C6C6F", Convert.ToHexString(wire));
        Assert.Equal("hello"u8.ToArray(), Assert.Single(CodecPeer.Decode(codec, wire).Frames).Body);
    }

    [Theory]
    [InlineData(1, 0, 255)]
    [InlineData(2, 0, 65_535)]
    [InlineData(1, 10, 265)]
    [InlineData(1, -10, 245)]
    public void A_body_that_the_width_cannot_say_is_refused(int width, int adjustment, int most)
    {
        var codec = new LengthPrefixCodec(new() { Width = width, Adjustment = adjustment });
        Assert.Equal(width + most, CodecPeer.Encode(codec, new(default, new byte[most])).Length);
        var refusal = Assert.Throws<FramedSocketException>(() => CodecPeer.Encode(codec, new(default, new byte[most + 1])));
        Assert.Equal(FramedSocketError.BodyTooLong, refusal.Error);
        Assert.Contains($"{most}", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_body_shorter_than_the_adjustment_is_refused()
    {
        var codec = new LengthPrefixCodec(new() { Adjustment = 2 });
        var refusal = Assert.Throws<FramedSocketException>(() => CodecPeer.Encode(codec, new(default, [1])));
        Assert.Equal(FramedSocketError.UnframeableBody, refusal.Error);
    }

    [Theory]
    [InlineData("7FFFFFFFFFFFFFFF", 0, FramedSocketError.BodyTooLong)]
    [InlineData("7FFFFFFFFFFFFFFF", 1, FramedSocketError.BodyTooLong)]
    [InlineData("8000000000000000", 0, FramedSocketError.BodyTooLong)]
    [InlineData("8000000000000000", -8, FramedSocketError.BodyTooLong)]
    [InlineData("0000000000000007", -8, FramedSocketError.MalformedHeader)]
    public void A_length_out_of_range_is_refused(string wire, int adjustment, FramedSocketError error)
    {
        var codec = new LengthPrefixCodec(new() { Width = 8, Adjustment = adjustment });
        Assert.Equal(error, CodecPeer.Decode(codec, Convert.FromHexString(wire)).Failure?.Error);
    }

    [Fact]
    public void The_largest_eight_byte_length_passes_where_the_limits_allow_it()
    {
        var limits = new FrameLimits { MaxBodyLength = long.MaxValue };
        var codec = new LengthPrefixCodec(new() { Width = 8 });
        var result = codec.Decode(Convert.FromHexString("7FFFFFFFFFFFFFFF"), new(limits, 0), out _);
        Assert.True(result.IsComplete);
        Assert.Equal(long.MaxValue, result.BodyLength);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(16)]
    public void A_width_that_no_length_has_is_refused(int width) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new LengthPrefixOptions { Width = width });

    [Fact]
    public void Options_that_contradict_each_other_are_refused_with_what_to_write_instead()
    {
        var both = Assert.Throws<ArgumentException>(() => new LengthPrefixCodec(new() { CountsItself = true, Adjustment = 3 }));
        Assert.Contains("Adjustment = -1", both.Message, StringComparison.Ordinal);
        var none = Assert.Throws<ArgumentException>(() => new LengthPrefixCodec(new() { Width = 1, Adjustment = -256 }));
        Assert.Contains("greater Width", none.Message, StringComparison.Ordinal);
    }
}
