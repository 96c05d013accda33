using FramedSockets.Codecs;

namespace FramedSockets.Tests.Codecs;

/// <summary>Choices that are none of those named are refused where they are made.</summary>
public sealed class CodecChoiceTests
{
    private const ByteOrder NoOrder = (ByteOrder)2;

    [Fact]
    public void An_order_that_does_not_exist_is_refused()
    {
        _ = Assert.Throws<ArgumentOutOfRangeException>("value", () => new LengthPrefixOptions { ByteOrder = NoOrder });
        _ = Assert.Throws<ArgumentOutOfRangeException>("value", () => new LengthFieldOptions { ByteOrder = (ByteOrder)(-1) });
        var type = TestJsonContext.Default.PutHeader;
        _ = Assert.Throws<ArgumentOutOfRangeException>("byteOrder", () => new JsonHeaderCodec<PutHeader>(type, "filesize", NoOrder));
        _ = Assert.Throws<ArgumentOutOfRangeException>("byteOrder", () => new SizedJsonCodec<PutHeader>(type, NoOrder));
        _ = Assert.Throws<ArgumentOutOfRangeException>("byteOrder", () => JsonViews.WithLength("filesize", NoOrder));
        _ = Assert.Throws<ArgumentOutOfRangeException>("byteOrder", () => JsonViews.Sized(NoOrder));
    }

    [Fact]
    public void A_count_that_does_not_exist_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>("value", () => new LengthFieldOptions { Counts = (LengthCounts)4 });

    [Fact]
    public void A_line_ending_that_does_not_exist_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>("ending", () => new LineCodec((LineEnding)2));
}
