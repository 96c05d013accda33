using System.Buffers;
using System.IO.Pipelines;
using FramedSockets.Codecs;
using FramedSockets.Framing;
using FramedSockets.Tests.Support;

namespace FramedSockets.Tests.Framing;

/// <summary>Streamed bodies whose parts end where a segment of the input ends.</summary>
public sealed class StreamedBodyBorderTests
{
    private static readonly FrameLimits Streams = new() { MaxBufferedBodyLength = 0 };

    [Fact]
    public async Task A_trailer_that_ends_a_segment_does_not_hide_the_next_frame()
    {
        var input = PipeReader.Create(Segments.OfSingleBytes("3:abc,2:de,"u8));
        var reader = new FrameReader<NoHeader>(input, new NetstringCodec(), Streams);
        Assert.Equal("abc", await NextAsync(reader));
        Assert.Equal("de", await NextAsync(reader));
        Assert.False(await reader.WaitToReadAsync().Soon());
        await reader.CompleteAsync().Soon();
    }

    private static async Task<string> NextAsync(FrameReader<NoHeader> reader)
    {
        Assert.True(await reader.WaitToReadAsync().Soon());
        Assert.True(reader.TryRead(out var frame) && frame.IsStreamed);
        return System.Text.Encoding.ASCII.GetString(await frame.BodyReader.ReadToEnd().Soon());
    }
}
