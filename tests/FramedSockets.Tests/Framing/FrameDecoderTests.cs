using System.Buffers;
using System.IO.Pipelines;
using FramedSockets.Framing;
using FramedSockets.Tests.Support;

namespace FramedSockets.Tests.Framing;

public sealed class FrameDecoderTests
{
    [Theory]
    [InlineData(10, 5, null)]
    [InlineData(74, 5, null)]
    [InlineData(75, 5, FramedSocketError.HeaderTooLong)]
    [InlineData(10, 100, null)]
    [InlineData(10, 101, FramedSocketError.BodyTooLong)]
    [InlineData(10, -2, FramedSocketError.MalformedHeader)]
    [InlineData(0, 0, FramedSocketError.MalformedHeader)]
    public void A_complete_header_is_held_against_the_limits(int headerLength, long bodyLength, FramedSocketError? error)
    {
        var decoder = new FrameDecoder<int>(new Answer(HeaderDecodeResult.Complete(headerLength, bodyLength)));
        var limits = new FrameLimits { MaxHeaderLength = 10, MaxBodyLength = 100 };
        var result = decoder.Decode(new byte[1], new(limits, 0), out _);
        Assert.Equal(error is null, result.IsComplete);
        Assert.Equal(error, result.IsCorrupt ? result.Error : null);
    }

    [Theory]
    [InlineData(419, true)]
    [InlineData(420, false)]
    public void A_codec_cannot_ask_for_more_than_any_frame_may_have(long needed, bool isAllowed)
    {
        var decoder = new FrameDecoder<int>(new Answer(HeaderDecodeResult.NeedMore(needed)));
        var limits = new FrameLimits { MaxHeaderLength = 10, MaxBodyLength = 100 };
        Assert.Equal(!isAllowed, decoder.Decode(new byte[1], new(limits, 0), out _).IsCorrupt);
    }

    [Fact]
    public void A_codec_s_own_exception_keeps_its_reason()
    {
        var refusal = new FramedSocketException(FramedSocketError.UnframeableBody, "Refused.");
        var result = new FrameDecoder<int>(new Answer(refusal)).Decode(new byte[1], new(FrameLimits.Default, 0), out _);
        Assert.Equal(FramedSocketError.UnframeableBody, result.Error);
        Assert.Equal("Refused.", result.ToException().Message);
        Assert.Same(refusal, result.ToException().InnerException);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1000)]
    public async Task A_header_that_reaches_beyond_what_has_arrived_is_waited_for(int bodyLength)
    {
        // The codec knows the layout from the first byte.
        var codec = new Answer(HeaderDecodeResult.Complete(20, bodyLength));
        var pipe = new Pipe(DuplexPipe.Inline());
        var reader = new FrameReader<int>(pipe.Reader, codec, new() { MaxBufferedBodyLength = 10 }, pool: CheckedPool.Create());
        _ = await pipe.Writer.WriteAsync(new byte[1]).Soon();
        var wait = reader.WaitToReadAsync().Soon();
        Assert.False(wait.IsCompleted);
        Assert.False(reader.IsReady());
        _ = await pipe.Writer.WriteAsync(new byte[19 + bodyLength]).Soon();
        Assert.True(await wait);
        Assert.True(reader.TryRead(out var frame));
        Assert.Equal(bodyLength, (await frame.BodyReader.ReadToEnd()).Length);
        await reader.CompleteAsync().Soon();
        await pipe.Writer.CompleteAsync();
    }

    private sealed class Answer(object answer) : IHeaderCodec<int>
    {
        public HeaderDecodeResult Decode(ReadOnlySpan<byte> source, in HeaderDecodeContext context, out int header)
        {
            header = 0;
            return answer is Exception e ? throw e : (HeaderDecodeResult)answer;
        }

        public void Encode(in int header, in HeaderEncodeContext context, IBufferWriter<byte> output) => throw new NotSupportedException();
    }
}
