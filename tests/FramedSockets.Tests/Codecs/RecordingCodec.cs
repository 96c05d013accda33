using System.Buffers;

namespace FramedSockets.Tests.Codecs;

/// <summary>Passes everything on, keeps the bytes of the last head, and counts what the codec was shown.</summary>
internal sealed class RecordingCodec<THeader>(IHeaderCodec<THeader> codec) : IHeaderCodec<THeader>
{
    public int Calls { get; private set; }

    /// <summary>The bytes that the codec was shown and had not examined before.</summary>
    public long BytesShown { get; private set; }

    public int Completed { get; private set; }

    public byte[] LastHead { get; private set; } = [];

    public bool DelimitsByContent => codec.DelimitsByContent;

    public ReadOnlySpan<byte> Trailer => codec.Trailer;

    public HeaderDecodeResult Decode(ReadOnlySpan<byte> source, in HeaderDecodeContext context, out THeader header)
    {
        Calls++;
        BytesShown += source.Length - context.Examined;
        var result = codec.Decode(source, context, out header);
        if (result.IsComplete)
        {
            Completed++;
            LastHead = source[..result.HeaderLength].ToArray();
        }

        return result;
    }

    public void Encode(in THeader header, in HeaderEncodeContext context, IBufferWriter<byte> output) => codec.Encode(header, context, output);

    public bool IsTrailerValid(ReadOnlySpan<byte> trailer) => codec.IsTrailerValid(trailer);

    public void CheckBody(ReadOnlySpan<byte> body) => codec.CheckBody(body);
}
