using System.Buffers;
using FramedSockets.Framing;
using FramedSockets.Tests.Support;

namespace FramedSockets.Tests.Framing;

/// <summary>Frames of a batch are written where they leave from, as far as the codec can do that.</summary>
public sealed class EncodingInPlaceTests
{
    private readonly ScriptedWriter _output = new();
    private OutputWindow _window;

    public EncodingInPlaceTests() => _window = new(_output);

    [Fact]
    public void Frames_stand_one_behind_the_other()
    {
        Assert.Equal(6, TryWrite(new Codec(1), Frames.Body(5, 1)));
        Assert.Equal(4, TryWrite(new Codec(2), Frames.Body(2, 2)));
        Assert.Empty(_output.GetWritten());
        _window.Commit();
        Assert.Equal([1, .. Frames.Body(5, 1), 2, 2, .. Frames.Body(2, 2)], _output.GetWritten());
    }

    [Fact]
    public void A_frame_longer_than_what_is_left_begins_in_new_memory()
    {
        var bodies = Enumerable.Range(0, 20).Select(i => Frames.Body(300 * i, i)).ToArray();
        Assert.All(bodies, body => Assert.Equal(body.Length + 1, TryWrite(new Codec(1), body)));
        _window.Commit();
        Assert.Equal(bodies.SelectMany(body => (byte[])[1, .. body]), _output.GetWritten());
    }

    [Fact]
    public void A_codec_that_cannot_leaves_no_trace()
    {
        Assert.Equal(0, TryWrite(new CodecWithoutPlace(), Frames.Body(5)));
        _window.Commit();
        Assert.Empty(_output.GetWritten());
    }

    [Fact]
    public void A_refused_frame_leaves_no_trace()
    {
        Assert.Equal(FramedSocketError.BodyTooLong, Assert.Throws<FramedSocketException>(
            () => TryWrite(new Codec(1), Frames.Body(11), new() { MaxBodyLength = 10 })).Error);
        Assert.Equal(FramedSocketError.HeaderTooLong, Assert.Throws<FramedSocketException>(
            () => TryWrite(new Codec(70), Frames.Body(1), new() { MaxHeaderLength = 1 })).Error);
        _window.Commit();
        Assert.Empty(_output.GetWritten());
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(100_000)]
    public void A_codec_that_claims_more_than_its_place_is_found_out(int claim)
    {
        var thrown = Assert.Throws<InvalidOperationException>(() => TryWrite(new Codec(1) { Claim = claim }, Frames.Body(5)));
        Assert.Contains($"{claim}", thrown.Message, StringComparison.Ordinal);
        _window.Commit();
        Assert.Empty(_output.GetWritten());
    }

    private int TryWrite<THeader>(IHeaderCodec<THeader> codec, byte[] body, FrameLimits? limits = null) =>
        new FrameEncoder<THeader>(codec, CheckedPool.Create()).TryWrite(ref _window, default!, body, limits ?? FrameLimits.Default);

    /// <summary>A head of so many bytes of its own number.</summary>
    private sealed class Codec(byte length) : IHeaderCodec<int>
    {
        public int? Claim { get; init; }

        public HeaderDecodeResult Decode(ReadOnlySpan<byte> source, in HeaderDecodeContext context, out int header) => throw new NotSupportedException();

        public void Encode(in int header, in HeaderEncodeContext context, IBufferWriter<byte> output) => throw new NotSupportedException();

        public bool TryEncode(in int header, in HeaderEncodeContext context, Span<byte> destination, out int written)
        {
            destination[..length].Fill(length);
            written = Claim ?? length;
            return true;
        }
    }

    private sealed class CodecWithoutPlace : IHeaderCodec<int>
    {
        public HeaderDecodeResult Decode(ReadOnlySpan<byte> source, in HeaderDecodeContext context, out int header) => throw new NotSupportedException();

        public void Encode(in int header, in HeaderEncodeContext context, IBufferWriter<byte> output) => throw new NotSupportedException();
    }
}
