using System.IO.Pipelines;
using System.Text;
using FramedSockets.Codecs;
using FramedSockets.Framing;
using FramedSockets.Tests.Codecs;
using FramedSockets.Tests.Support;

namespace FramedSockets.Tests.Framing;

/// <summary>Another framing in mid-stream: a line that asks for an upgrade, and binary frames behind it.</summary>
public sealed class DetachedReaderTests
{
    private static readonly byte[] Wire = [.. "UPGRADE\r\n"u8, 0, 0, 0, 5, .. "hello"u8, 0, 0, 0, 0, .. "\n"u8];

    [Fact]
    public async Task No_byte_is_lost_wherever_the_stream_is_cut()
    {
        foreach (var parts in Splits.InTwo(Wire).Append(Splits.InBytes(Wire)))
        {
            var pipe = new Pipe(DuplexPipe.Threaded());
            var reading = ReadAsync(pipe.Reader);
            foreach (var part in parts)
            {
                _ = await pipe.Writer.WriteAsync(part).Soon();
            }

            await pipe.Writer.CompleteAsync();
            Assert.Equal("UPGRADE|hello||<end>", await reading.Soon());
        }
    }

    [Fact]
    public async Task A_frame_that_was_found_but_not_taken_is_left_in_the_input()
    {
        var pipe = new Pipe(DuplexPipe.Threaded());
        _ = await pipe.Writer.WriteAsync(Wire).Soon();
        var lines = new FrameReader<NoHeader>(pipe.Reader, new LineCodec(), pool: CheckedPool.Create());
        Assert.True(await lines.WaitToReadAsync().Soon());
        var input = lines.Detach();
        var rest = await input.ReadAsync().Soon();
        Assert.Equal(Wire.Length, rest.Buffer.Length);
        await input.CompleteAsync();
        await pipe.Writer.CompleteAsync();
    }

    [Fact]
    public async Task A_detached_reader_reads_no_more_and_leaves_its_input_alone()
    {
        var pipe = new Pipe(DuplexPipe.Threaded());
        _ = await pipe.Writer.WriteAsync("a\nb"u8.ToArray()).Soon();
        var reader = new FrameReader<NoHeader>(pipe.Reader, new LineCodec(), pool: CheckedPool.Create());
        Assert.True(await reader.WaitToReadAsync().Soon());
        Assert.True(reader.TryRead(out var frame));
        var input = reader.Detach();
        _ = Assert.Throws<InvalidOperationException>(() => frame.Body);
        Assert.False(reader.TryRead(out _));
        var thrown = await Assert.ThrowsAsync<ObjectDisposedException>(() => reader.WaitToReadAsync().AsTask());
        Assert.Contains("handed on to another framing", thrown.Message);
        Assert.Equal(typeof(FrameReader<NoHeader>).FullName, thrown.ObjectName);
        _ = Assert.Throws<ObjectDisposedException>(reader.Detach);
        await reader.CompleteAsync().Soon();
        Assert.Equal("b", Encoding.ASCII.GetString((await input.ReadAsync().Soon()).Buffer.FirstSpan));
        await input.CompleteAsync();
        await pipe.Writer.CompleteAsync();
    }

    [Fact]
    public async Task A_streamed_body_has_to_be_over_first()
    {
        var pipe = new Pipe(DuplexPipe.Threaded());
        _ = await pipe.Writer.WriteAsync(new byte[] { 0, 0, 0, 3, 1, 2, 3, 9 }).Soon();
        await pipe.Writer.CompleteAsync();
        var reader = new FrameReader<NoHeader>(pipe.Reader, new LengthPrefixCodec(), new FrameLimits { MaxBufferedBodyLength = 2 }, pool: CheckedPool.Create());
        Assert.True(await reader.WaitToReadAsync().Soon());
        Assert.True(reader.TryRead(out var frame) && frame.IsStreamed);
        _ = Assert.Throws<InvalidOperationException>(reader.Detach);
        _ = await reader.WaitToReadAsync().AsTask().Soon().Fails(FramedSocketError.TruncatedFrame);
        await reader.CompleteAsync().Soon();
    }

    [Fact]
    public async Task What_a_cancelled_wait_has_looked_at_is_read_by_the_next()
    {
        var pipe = new Pipe(DuplexPipe.Threaded());
        _ = await pipe.Writer.WriteAsync(new byte[] { 0, 0, 0, 2, 7, 8 }).Soon();
        var lines = new FrameReader<NoHeader>(pipe.Reader, new LineCodec(), pool: CheckedPool.Create());
        await lines.WaitInVain();
        var frames = new FrameReader<NoHeader>(lines.Detach(), new LengthPrefixCodec(), pool: CheckedPool.Create());
        Assert.True(await frames.WaitToReadAsync().Soon());
        Assert.True(frames.TryRead(out var frame));
        Assert.Equal(2, frame.BodyLength);
        await frames.CompleteAsync().Soon();
        await pipe.Writer.CompleteAsync();
    }

    [Fact]
    public async Task The_trailer_of_a_streamed_body_has_to_be_over_first()
    {
        var pipe = new Pipe(DuplexPipe.Threaded());
        _ = await pipe.Writer.WriteAsync("5:hello"u8.ToArray()).Soon();
        var reader = new FrameReader<NoHeader>(
            pipe.Reader, new NetstringCodec(), new FrameLimits { MaxBufferedBodyLength = 2 }, pool: CheckedPool.Create());
        Assert.True(await reader.WaitToReadAsync().Soon());
        Assert.True(reader.TryRead(out var frame) && frame.IsStreamed);
        await reader.WaitInVain();
        _ = Assert.Throws<InvalidOperationException>(reader.Detach);
        _ = await pipe.Writer.WriteAsync(",0:,"u8.ToArray()).Soon();
        Assert.True(await reader.WaitToReadAsync().Soon());
        _ = reader.Detach();
        await pipe.Reader.CompleteAsync();
        await pipe.Writer.CompleteAsync();
    }

    private static async Task<string> ReadAsync(PipeReader input)
    {
        var text = new StringBuilder();
        var lines = new FrameReader<NoHeader>(input, new LineCodec(), pool: CheckedPool.Create());
        Assert.True(await lines.WaitToReadAsync().Soon());
        Assert.True(lines.TryRead(out var line));
        _ = text.Append(Encoding.ASCII.GetString(line.Body)).Append('|');

        var frames = new FrameReader<NoHeader>(lines.Detach(), new LengthPrefixCodec(), pool: CheckedPool.Create());
        for (var i = 0; i < 2; i++)
        {
            Assert.True(await frames.WaitToReadAsync().Soon());
            Assert.True(frames.TryRead(out var frame));
            _ = text.Append(Encoding.ASCII.GetString(frame.Body)).Append('|');
        }

        var rest = new FrameReader<NoHeader>(frames.Detach(), new LineCodec(), pool: CheckedPool.Create());
        Assert.True(await rest.WaitToReadAsync().Soon());
        Assert.True(rest.TryRead(out var last) && last.BodyLength == 0);
        _ = text.Append(await rest.WaitToReadAsync().Soon() ? "<more>" : "<end>");
        await rest.CompleteAsync().Soon();
        return text.ToString();
    }
}
