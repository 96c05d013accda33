using System.Buffers;
using FramedSockets.Codecs;
using FramedSockets.Framing;

namespace FramedSockets.Tests.Framing;

/// <summary>A body whose content decides where the frame ends is looked through only when its length is within the limits.</summary>
public sealed class FrameEncoderTests
{
    private readonly ArrayBufferWriter<byte> _output = new();

    [Theory]
    [InlineData(2)]
    [InlineData(65)]
    [InlineData(2049)]
    public void A_body_over_the_limit_is_refused_before_it_is_copied(int megabytes)
    {
        var encoder = new FrameEncoder<NoHeader>(new LineCodec(), new NoPool());
        AssertTooLong(encoder, Megabytes(megabytes), FrameLimits.Default);
    }

    [Fact]
    public void A_body_that_no_array_holds_is_refused_whatever_the_codec_allows()
    {
        var encoder = new FrameEncoder<NoHeader>(new BoundlessCodec(), new NoPool());
        AssertTooLong(encoder, Megabytes(2048), new() { MaxBodyLength = long.MaxValue });
    }

    private void AssertTooLong(FrameEncoder<NoHeader> encoder, ReadOnlySequence<byte> body, FrameLimits limits)
    {
        var refusal = Assert.Throws<FramedSocketException>(() => encoder.Write(_output, default, body, limits));
        Assert.Equal(FramedSocketError.BodyTooLong, refusal.Error);
        refusal = Assert.Throws<FramedSocketException>(() => encoder.WriteHead(_output, default, body, body.Length, limits));
        Assert.Equal(FramedSocketError.BodyTooLong, refusal.Error);
        Assert.Equal(0, _output.WrittenCount);
    }

    /// <summary>A body of that length, of which every piece is the same memory.</summary>
    private static ReadOnlySequence<byte> Megabytes(int count)
    {
        var first = new Piece(new byte[1 << 20], null);
        var last = first;
        for (var i = 1; i < count; i++)
        {
            last = new(first.Memory, last);
        }

        return new(first, 0, last, last.Memory.Length);
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(ReadOnlyMemory<byte> memory, Piece? previous)
        {
            Memory = memory;
            if (previous is not null)
            {
                RunningIndex = previous.RunningIndex + previous.Memory.Length;
                previous.Next = this;
            }
        }
    }

    /// <summary>Lends nothing.</summary>
    private sealed class NoPool : ArrayPool<byte>
    {
        public override byte[] Rent(int minimumLength) => throw new InvalidOperationException($"{minimumLength} bytes were rented.");

        public override void Return(byte[] array, bool clearArray = false) => throw new NotSupportedException();
    }

    /// <summary>Ends a body by its content, and has no bound for it.</summary>
    private sealed class BoundlessCodec : IHeaderCodec<NoHeader>
    {
        public bool DelimitsByContent => true;

        public HeaderDecodeResult Decode(ReadOnlySpan<byte> source, in HeaderDecodeContext context, out NoHeader header) => throw new NotSupportedException();

        public void Encode(in NoHeader header, in HeaderEncodeContext context, IBufferWriter<byte> output)
        {
        }
    }
}
