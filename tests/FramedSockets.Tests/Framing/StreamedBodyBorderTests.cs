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
        var reader = new FrameReader<NoHeader>(input, new NetstringCodec(), Streams, pool: CheckedPool.Create());
        Assert.Equal("abc", await NextAsync(reader));
        Assert.Equal("de", await NextAsync(reader));
        Assert.False(await reader.WaitToReadAsync().Soon());
        await reader.CompleteAsync().Soon();
    }

    [Fact]
    public async Task A_frame_that_ends_a_segment_does_not_hide_the_next()
    {
        byte[] bytes = [0, 0, 0, 2, 1, 2, 0, 0, 0, 1, 3, 0, 0, 0, 0];
        var reader = new FrameReader<NoHeader>(PipeReader.Create(Segments.Of(bytes, 6, 11)), new LengthPrefixCodec(), pool: CheckedPool.Create());
        Assert.True(await reader.WaitToReadAsync().Soon());
        foreach (var length in new[] { 2, 1, 0 })
        {
            Assert.True(reader.TryRead(out var frame));
            Assert.Equal(length, frame.BodyLength);
        }

        await reader.CompleteAsync().Soon();
    }

    [Fact]
    public async Task Nothing_need_be_taken_of_a_read_that_begins_where_a_segment_ends()
    {
        var pipe = new Pipe(DuplexPipe.Threaded());
        var reader = new FrameReader<NoHeader>(pipe.Reader, new LengthPrefixCodec(), Streams, pool: CheckedPool.Create());
        _ = await pipe.Writer.WriteAsync(new byte[] { 0, 0, 0, 5, 1, 2 }).Soon();
        Assert.True(await reader.WaitToReadAsync().Soon());
        Assert.True(reader.TryRead(out var frame));

        // A writer that holds memory of the block keeps the pipe from leaving it, though all of it is read.
        _ = pipe.Writer.GetMemory(1);
        var body = frame.BodyReader;
        var first = await body.ReadAsync().Soon();
        body.AdvanceTo(first.Buffer.End);
        new byte[] { 3, 4, 5 }.CopyTo(pipe.Writer.GetMemory(100_000));
        pipe.Writer.Advance(3);
        _ = await pipe.Writer.FlushAsync().Soon();

        var second = await body.ReadAsync().Soon();
        Assert.False(second.Buffer.IsSingleSegment);
        Assert.True(second.Buffer.FirstSpan.IsEmpty);
        body.AdvanceTo(second.Buffer.Start, second.Buffer.End);
        Assert.Equal([3, 4, 5], await body.ReadToEnd().Soon());
        await reader.CompleteAsync().Soon();
    }

    [Fact]
    public async Task Whatever_a_transport_throws_inside_a_body_ends_the_connection_with_one_exception()
    {
        var pipe = new Pipe(DuplexPipe.Threaded());
        var reader = new FrameReader<NoHeader>(pipe.Reader, new LengthPrefixCodec(), Streams, pool: CheckedPool.Create());
        _ = await pipe.Writer.WriteAsync(new byte[] { 0, 0, 0, 5, 1, 2 }).Soon();
        Assert.True(await reader.WaitToReadAsync().Soon());
        Assert.True(reader.TryRead(out var frame));
        var cause = new InvalidDataException();
        await pipe.Writer.CompleteAsync(cause);
        var failure = await frame.BodyReader.ReadAsync().Soon().Fails(FramedSocketError.TransportFailed);
        Assert.Same(cause, failure.InnerException);
        Assert.Same(failure, await reader.WaitToReadAsync().Soon().Fails(FramedSocketError.TransportFailed));
        await reader.CompleteAsync().Soon();
    }

    private static async Task<string> NextAsync(FrameReader<NoHeader> reader)
    {
        Assert.True(await reader.WaitToReadAsync().Soon());
        Assert.True(reader.TryRead(out var frame) && frame.IsStreamed);
        return System.Text.Encoding.ASCII.GetString(await frame.BodyReader.ReadToEnd().Soon());
    }
}
