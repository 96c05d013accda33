using System.Buffers;
using System.IO.Pipelines;
using FramedSockets.Codecs;
using FramedSockets.Framing;
using FramedSockets.Tests.Support;

namespace FramedSockets.Tests.Framing;

/// <summary>Limits that change while frames are read and written.</summary>
public sealed class ChangingLimitsTests
{
    private static readonly FrameLimits Small = new() { MaxBodyLength = 4 };
    private static readonly FrameLimits Large = new() { MaxBodyLength = 8 };

    [Theory]
    [InlineData(1)]
    [InlineData(1024)]
    public async Task New_limits_hold_from_the_next_frame_on(int partLength)
    {
        var pipe = new Pipe(DuplexPipe.Threaded());
        var reader = new FrameReader<NoHeader>(pipe.Reader, new LengthPrefixCodec(new() { Width = 1 }), Small, pool: CheckedPool.Create());
        byte[] wire = [4, 1, 2, 3, 4, 8, 1, 2, 3, 4, 5, 6, 7, 8, 5, 1, 2, 3, 4, 5];
        foreach (var part in wire.Chunk(partLength))
        {
            _ = await pipe.Writer.WriteAsync(part).Soon();
        }

        Assert.Equal(4, await ReadAsync(reader));
        reader.Limits = Large;
        Assert.Equal(8, await ReadAsync(reader));
        reader.Limits = Small;
        Assert.Same(Small, reader.Limits);
        _ = await reader.WaitToReadAsync().AsTask().Soon().Fails(FramedSocketError.BodyTooLong);
        await reader.CompleteAsync().Soon();
        await pipe.Writer.CompleteAsync();
    }

    [Fact]
    public async Task A_frame_that_has_begun_is_held_to_the_old_limits()
    {
        var pipe = new Pipe(DuplexPipe.Threaded());
        var reader = new FrameReader<NoHeader>(pipe.Reader, new LengthPrefixCodec(new() { Width = 2 }), Large, pool: CheckedPool.Create());
        _ = await pipe.Writer.WriteAsync(new byte[] { 0, 8, 1, 2, 3, 4, 5, 6, 7, 8, 0, 5 }).Soon();
        Assert.True(await reader.WaitToReadAsync().Soon());
        reader.Limits = Small;
        Assert.Equal(8, await ReadAsync(reader));
        _ = await reader.WaitToReadAsync().AsTask().Soon().Fails(FramedSocketError.BodyTooLong);
        await reader.CompleteAsync().Soon();
        await pipe.Writer.CompleteAsync();
    }

    [Fact]
    public async Task What_is_sent_is_held_to_the_limits_of_that_moment()
    {
        var pipe = new Pipe(DuplexPipe.Threaded());
        var writer = new FrameWriter<NoHeader>(pipe.Writer, new LengthPrefixCodec(), Small, pool: CheckedPool.Create());
        _ = Assert.Throws<FramedSocketException>(() => writer.Write(default, new byte[5]));
        writer.Limits = Large;
        writer.Write(default, new byte[5]);
        writer.Limits = Small;
        _ = Assert.Throws<FramedSocketException>(() => writer.Write(default, new byte[5]));
        _ = Assert.Throws<ArgumentNullException>(() => writer.Limits = null!);
        await writer.CompleteAsync().Soon();
        await pipe.Reader.CompleteAsync();
    }

    [Fact]
    public async Task New_limits_hold_behind_a_trailer_that_is_waited_for()
    {
        var pipe = new Pipe(DuplexPipe.Threaded());
        var reader = new FrameReader<NoHeader>(
            pipe.Reader, new NetstringCodec(), Small with { MaxBufferedBodyLength = 2 }, pool: CheckedPool.Create());
        _ = await pipe.Writer.WriteAsync("4:long"u8.ToArray()).Soon();
        Assert.True(await reader.WaitToReadAsync().Soon());
        Assert.True(reader.TryRead(out var frame) && frame.IsStreamed);
        await reader.WaitInVain();
        reader.Limits = Large;
        _ = await pipe.Writer.WriteAsync(",8:12345678,"u8.ToArray()).Soon();
        Assert.Equal(8, await ReadAsync(reader));
        await reader.CompleteAsync().Soon();
        await pipe.Writer.CompleteAsync();
    }

    private static async Task<long> ReadAsync(FrameReader<NoHeader> reader)
    {
        Assert.True(await reader.WaitToReadAsync().Soon());
        Assert.True(reader.TryRead(out var frame));
        Assert.Equal(frame.BodyLength, frame.Body.ToArray().Length);
        return frame.BodyLength;
    }
}
