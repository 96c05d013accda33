using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace FramedSockets.Tests.Support;

/// <summary>
/// The framing of most tests: a tag and a body length, four bytes each, big-endian; after the body, if asked, a trailer.
/// Negative tags make it misbehave.
/// </summary>
internal sealed class TagCodec(int trailerLength = 0) : IHeaderCodec<int>
{
    public const int HeaderLength = 8;

    /// <summary>Decoding or encoding this tag throws what a bug would throw.</summary>
    public const int Bug = -2;

    /// <summary>There is no memory to decode this tag with.</summary>
    public const int OutOfMemory = -5;

    /// <summary>The length of this tag's body is not known.</summary>
    public const int UntilEnd = -3;

    /// <summary>Encoding this tag writes a header without end.</summary>
    public const int Endless = -4;

    /// <summary>A ping has this tag, and a body of two bytes.</summary>
    public const int PingTag = 77;

    /// <summary>The first trailer byte that makes checking it throw.</summary>
    public const byte TrailerBug = 0xBB;

    private readonly byte[] _trailer = Enumerable.Repeat((byte)0xEE, trailerLength).ToArray();

    public ReadOnlySpan<byte> Trailer => _trailer;

    public FramePing<int>? Ping { get; init; } = new(PingTag, "hi"u8.ToArray());

    public HeaderDecodeResult Decode(ReadOnlySpan<byte> source, in HeaderDecodeContext context, out int header)
    {
        header = 0;
        if (source.Length < HeaderLength)
        {
            return HeaderDecodeResult.NeedMore(HeaderLength);
        }

        header = BinaryPrimitives.ReadInt32BigEndian(source);
        return header switch
        {
            Bug => ThrowInDecode(),
            OutOfMemory => throw new OutOfMemoryException("There is none left."),
            UntilEnd => HeaderDecodeResult.Complete(HeaderLength, HeaderDecodeResult.UntilEnd, trailerLength),
            _ => HeaderDecodeResult.Complete(HeaderLength, BinaryPrimitives.ReadInt32BigEndian(source[4..]), trailerLength),
        };
    }

    public void Encode(in int header, in HeaderEncodeContext context, IBufferWriter<byte> output)
    {
        var target = output.GetSpan(HeaderLength);
        BinaryPrimitives.WriteInt32BigEndian(target, header);
        BinaryPrimitives.WriteInt32BigEndian(target[4..], (int)context.BodyLength);
        output.Advance(HeaderLength);
        if (header == Bug)
        {
            throw new NullReferenceException("A bug of the codec.");
        }

        while (header == Endless)
        {
            output.Write("more and more of it"u8);
        }
    }

    public bool IsTrailerValid(ReadOnlySpan<byte> trailer) =>
        trailer[0] == TrailerBug ? ThrowInTrailer() : trailer.SequenceEqual(_trailer);

    /// <summary>A frame's bytes.</summary>
    public byte[] Frame(int tag, ReadOnlySpan<byte> body, int? declared = null)
    {
        var frame = new byte[HeaderLength + body.Length + trailerLength];
        BinaryPrimitives.WriteInt32BigEndian(frame, tag);
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(4), declared ?? body.Length);
        body.CopyTo(frame.AsSpan(HeaderLength));
        _trailer.CopyTo(frame, HeaderLength + body.Length);
        return frame;
    }

    /// <summary>A method of its own also when compiled: what was inlined stands in no trace.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static HeaderDecodeResult ThrowInDecode() => throw new NullReferenceException("A bug of the codec.");

    /// <inheritdoc cref="ThrowInDecode"/>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool ThrowInTrailer() => throw new NullReferenceException("A bug of the codec.");
}
