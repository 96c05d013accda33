using System.Buffers;
using System.Text;

namespace FramedSockets.Codecs;

/// <summary>A header's text that is kept as it is. Where a member says the body's length the text is checked whole; otherwise not at all.</summary>
internal sealed class JsonViewText : IJsonHeaderText<JsonHeaderView>
{
    private readonly byte[] _lengthName;
    private readonly byte[][] _names;

    public JsonViewText(string? lengthMember)
    {
        _lengthName = Encoding.UTF8.GetBytes(lengthMember ?? "");
        _names = lengthMember is not null && JsonFlatScanner.IsPlain(lengthMember) ? [JsonFlatScanner.Quote(lengthMember)] : [];
    }

    private bool HasLength => _lengthName.Length > 0;

    public HeaderDecodeResult Decode(ReadOnlySpan<byte> json, out JsonHeaderView header, out long bodyLength)
    {
        bodyLength = 0;
        if (HasLength)
        {
            header = default;
            var result = TryScan(json, out var length) ? default : JsonStrictScanner.Scan(json, _lengthName, out length);
            if (result.IsCorrupt || !length.IsUnsigned(json))
            {
                return result.IsCorrupt ? result : JsonLength.Refuse(length);
            }

            bodyLength = length.Number;
        }

        header = new(json);
        return default;
    }

    public int Encode(in JsonHeaderView header, in HeaderEncodeContext context, int free, IBufferWriter<byte> output, out Span<byte> target)
    {
        var json = header.Bytes;
        if (json.IsEmpty)
        {
            throw new FramedSocketException(FramedSocketError.MalformedHeader, "The header is empty; a JSON object has 2 bytes at least.");
        }

        JsonField length = default;
        if (HasLength && !TryScan(json, out length))
        {
            length = JsonLength.Find(json, _lengthName);
        }

        _ = BodyLengths.Checked(context.BodyLength, long.MaxValue);
        return JsonLength.Write(json, length, context, free, output, out target);
    }

    private bool TryScan(ReadOnlySpan<byte> json, out JsonField length)
    {
        Span<JsonField> fields = stackalloc JsonField[1 + JsonFlatScanner.MaxUnknown];
        var isThere = _names.Length > 0 && JsonFlatScanner.TryScan(json, _names, fields) && fields[0].Kind == JsonFieldKind.Integer;
        length = isThere ? fields[0] : default;
        return isThere;
    }
}
