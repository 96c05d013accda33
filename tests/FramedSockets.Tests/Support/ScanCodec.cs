using System.Buffers;
using System.Buffers.Text;

namespace FramedSockets.Tests.Support;

/// <summary>A header that ends at a line feed and says its body's length in digits. It scans, and counts what it scanned.</summary>
internal sealed class ScanCodec : IHeaderCodec<long>
{
    /// <summary>Header bytes that were looked at.</summary>
    public long Scanned { get; private set; }

    public HeaderDecodeResult Decode(ReadOnlySpan<byte> source, in HeaderDecodeContext context, out long header)
    {
        header = 0;
        var at = source[context.Examined..].IndexOf((byte)'\n');
        Scanned += at < 0 ? source.Length - context.Examined : at + 1;
        if (at < 0)
        {
            return source.Length > context.Limits.MaxHeaderLength
                ? HeaderDecodeResult.Corrupt(FramedSocketError.HeaderTooLong, "No line feed", source.Length)
                : HeaderDecodeResult.NeedMore(examined: source.Length);
        }

        at += context.Examined;
        return Utf8Parser.TryParse(source[..at].TrimStart((byte)' '), out header, out _)
            ? HeaderDecodeResult.Complete(at + 1, header)
            : HeaderDecodeResult.Corrupt(FramedSocketError.MalformedHeader, "The header is no number");
    }

    public void Encode(in long header, in HeaderEncodeContext context, IBufferWriter<byte> output)
    {
        _ = Utf8Formatter.TryFormat(context.BodyLength, output.GetSpan(20), out var length);
        output.Advance(length);
        output.Write("\n"u8);
    }
}
