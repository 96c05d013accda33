using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using FramedSockets.Codecs;
using FramedSockets.Framing;
using FramedSockets.Tests.Support;
using FsCheck;
using FsCheck.Fluent;

namespace FramedSockets.Tests.Codecs;

/// <summary>One frame in a stream: a header up to an empty line, and a body until the end.</summary>
public sealed class HeaderBlockCodecTests
{
    private static readonly HeaderBlockCodec Codec = new();
    private static readonly byte[] Wire = "HTTP/1.0 200 OK\r\nServer: x\r\n\r\nhello\r\n\r\nworld"u8.ToArray();

    [Fact]
    public async Task Every_split_gives_the_same()
    {
        foreach (var parts in Splits.InTwo(Wire).Append(Splits.InBytes(Wire)))
        {
            var segments = new GuardedSegments();
            AssertAnswer(CodecPeer.Decode(Codec, segments.Of(parts)));
            AssertAnswer(CodecPeer.Decode(Codec, segments.FollowedByAnother(parts)));
            AssertAnswer(await CodecPeer.DecodeAsync(Codec, parts));
            segments.AssertGuards();
        }
    }

    [Fact]
    public void An_end_is_clean_before_the_header_and_anywhere_in_the_body()
    {
        for (var i = 0; i <= Wire.Length; i++)
        {
            var isWhole = i >= "HTTP/1.0 200 OK\r\nServer: x\r\n\r\n".Length;
            var received = CodecPeer.Decode(Codec, Wire[..i]);
            Assert.Equal(isWhole ? 1 : 0, received.Frames.Count);
            Assert.Equal(i == 0 || isWhole ? null : FramedSocketError.TruncatedFrame, received.Failure?.Error);
        }
    }

    [Fact]
    public async Task A_long_header_is_looked_through_once()
    {
        var header = Enumerable.Repeat((byte)'h', 16_384).ToArray();
        var recorder = new RecordingCodec<ReadOnlyMemory<byte>>(Codec);
        var received = await CodecPeer.DecodeAsync(recorder, Splits.InBytes([.. header, .. "\r\n\r\n"u8]));
        Assert.Equal(header, Assert.Single(received.Frames).Header.ToArray());
        Assert.InRange(recorder.BytesShown, header.Length, 4 * (header.Length + 64));
    }

    [Theory]
    [InlineData("hh\r\n\r\n", 2, null)]
    [InlineData("hh\r\n\r\n", 1, FramedSocketError.HeaderTooLong)]
    [InlineData("hhhhhh", 2, FramedSocketError.HeaderTooLong)]
    [InlineData("hh\r\n\r", 2, FramedSocketError.TruncatedFrame)]
    public void The_header_limit_does_not_count_the_delimiter(string wire, int limit, FramedSocketError? error)
    {
        var received = CodecPeer.Decode(Codec, Encoding.ASCII.GetBytes(wire), new FrameLimits { MaxHeaderLength = limit });
        Assert.Equal(error, received.Failure?.Error);
    }

    [Fact]
    public async Task A_body_is_sent_from_a_stream_and_ends_the_output()
    {
        var pipe = new Pipe(DuplexPipe.Threaded());
        var writer = new FrameWriter<ReadOnlyMemory<byte>>(pipe.Writer, Codec, pool: CheckedPool.Create());
        using var body = new MemoryStream("hello"u8.ToArray());
        await writer.SendAsync("A: b"u8.ToArray(), body, HeaderDecodeResult.UntilEnd).Soon();
        var sent = await pipe.Reader.ReadToEnd();
        Assert.Equal("A: b\r\n\r\nhello", Encoding.ASCII.GetString(sent));
        _ = await Assert.ThrowsAsync<InvalidOperationException>(() => writer.SendAsync("C: d"u8.ToArray(), "x"u8.ToArray()).Soon());
    }

    [Fact]
    public async Task A_header_without_a_body_is_sent_and_leaves_the_output_open()
    {
        var pipe = new Pipe(DuplexPipe.Threaded());
        var writer = new FrameWriter<ReadOnlyMemory<byte>>(pipe.Writer, Codec, pool: CheckedPool.Create());
        await writer.SendAsync("GET / HTTP/1.0"u8.ToArray(), ReadOnlyMemory<byte>.Empty).Soon();
        var read = await pipe.Reader.ReadAsync().Soon();
        Assert.Equal("GET / HTTP/1.0\r\n\r\n", Encoding.ASCII.GetString(read.Buffer));
        Assert.False(read.IsCompleted);
        await writer.CompleteAsync().Soon();
        await pipe.Reader.CompleteAsync();
    }

    [Theory]
    [InlineData("a\r\n\r\nb", HeaderDecodeResult.UntilEnd, FramedSocketError.MalformedHeader)]
    [InlineData("\r\n\r\n", HeaderDecodeResult.UntilEnd, FramedSocketError.MalformedHeader)]
    [InlineData("a\r\n", HeaderDecodeResult.UntilEnd, FramedSocketError.MalformedHeader)]
    [InlineData("a\r\n", 0L, FramedSocketError.MalformedHeader)]
    [InlineData("a", 5L, FramedSocketError.UnframeableBody)]
    [InlineData("aaaaaaaaa", HeaderDecodeResult.UntilEnd, FramedSocketError.HeaderTooLong)]
    public void What_would_not_arrive_as_it_is_is_refused(string header, long bodyLength, FramedSocketError error)
    {
        var output = new ArrayBufferWriter<byte>();
        var encoder = new FrameEncoder<ReadOnlyMemory<byte>>(Codec, CheckedPool.Create());
        var limits = new FrameLimits { MaxHeaderLength = 8 };
        var refusal = Assert.Throws<FramedSocketException>(() => encoder.WriteHead(output, Encoding.ASCII.GetBytes(header), default, bodyLength, limits));
        Assert.Equal(error, refusal.Error);
        Assert.Equal(0, output.WrittenCount);
    }

    [Fact]
    public void A_header_is_sent_exactly_when_it_arrives_as_it_is()
    {
        var codec = new HeaderBlockCodec("aba"u8);
        var limits = new FrameLimits { MaxHeaderLength = 8 };
        Prop.ForAll(Gen.Elements("abc"u8.ToArray()).ArrayOf().ToArbitrary(), header =>
        {
            byte[] wire = [.. header, .. "aba"u8];
            var received = CodecPeer.Decode(codec, wire, limits);
            var arrives = received.Failure is null && received.Frames[0].Header.Span.SequenceEqual(header);
            var output = new ArrayBufferWriter<byte>();
            try
            {
                new FrameEncoder<ReadOnlyMemory<byte>>(codec, CheckedPool.Create()).WriteHead(output, header, default, HeaderDecodeResult.UntilEnd, limits);
                Assert.Equal(wire, output.WrittenSpan.ToArray());
                Assert.True(arrives);
            }
            catch (FramedSocketException)
            {
                Assert.Equal(0, output.WrittenCount);
                Assert.False(arrives);
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(10_000));
    }

    [Fact]
    public void A_delimiter_without_bytes_or_with_too_many_is_refused()
    {
        Assert.Throws<ArgumentException>(() => new HeaderBlockCodec([]));
        Assert.Throws<ArgumentException>(() => new HeaderBlockCodec(new byte[33]));
    }

    private static void AssertAnswer(Reception<ReadOnlyMemory<byte>> received)
    {
        Assert.Null(received.Failure);
        var frame = Assert.Single(received.Frames);
        Assert.Equal("HTTP/1.0 200 OK\r\nServer: x", Encoding.ASCII.GetString(frame.Header.Span));
        Assert.Equal("hello\r\n\r\nworld", Encoding.ASCII.GetString(frame.Body));
    }
}
