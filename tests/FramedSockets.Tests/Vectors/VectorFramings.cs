using System.Text.Json;
using FramedSockets.Codecs;

namespace FramedSockets.Tests.Vectors;

/// <summary>The framing that a vector's <c>codec</c> describes.</summary>
internal static class VectorFramings
{
    private const int JsonPrefixLength = 4;

    public static IVectorFraming Of(JsonElement codec) => codec.GetProperty("kind").GetString() switch
    {
        "length" => Length(codec),
        "json" => new VectorFraming<JsonHeaderView>(
            JsonViews.WithLength(codec.GetProperty("member").GetString()!, Order(codec)), Limits(codec), JsonPrefixLength),
        "varint" => Plain(new VarintCodec(), codec),
        // A line that ends in a carriage return can be sent with this ending only.
        "line" => Plain(new LineCodec(LineEnding.CrLf), codec),
        "delimiter" => Plain(new DelimiterCodec(Convert.FromHexString(codec.GetProperty("delimiter").GetString()!)), codec),
        "fixed" => Plain(new FixedSizeCodec(Number(codec, "size")), codec),
        "netstring" => Plain(new NetstringCodec(), codec),
        var kind => throw new NotSupportedException($"No codec for the vectors of kind '{kind}'."),
    };

    /// <summary>The framing of a JSON vector whose headers become values of a type; <see langword="null"/> for other vectors.</summary>
    public static IVectorFraming? TypedOf(JsonElement codec) =>
        codec.GetProperty("kind").GetString() == "json" && codec.GetProperty("member").GetString() == "filesize"
            ? new VectorFraming<VectorHeader>(
                new JsonHeaderCodec<VectorHeader>(VectorJsonContext.Default.VectorHeader, "filesize", Order(codec)), Limits(codec), JsonPrefixLength)
            : null;

    /// <summary>Whether a frame that is sent again has the bytes that it came with.</summary>
    public static bool IsCanonical(JsonElement codec) => codec.GetProperty("kind").GetString() != "line";

    private static IVectorFraming Length(JsonElement codec)
    {
        var (offset, extra, adjust) = (Number(codec, "offset"), Number(codec, "extra"), Number(codec, "adjust"));
        var width = Number(codec, "width");
        return offset + extra == 0
            ? new VectorFraming<NoHeader>(
                new LengthPrefixCodec(new() { Width = width, ByteOrder = Order(codec), Adjustment = adjust }), Limits(codec))
            : new VectorFraming<LengthFieldHeader>(
                new LengthFieldCodec(new() { BytesBefore = offset, Width = width, BytesAfter = extra, ByteOrder = Order(codec), Adjustment = adjust }),
                Limits(codec));
    }

    private static VectorFraming<NoHeader> Plain(IHeaderCodec<NoHeader> framing, JsonElement codec) => new(framing, Limits(codec));

    private static ByteOrder Order(JsonElement codec) =>
        codec.GetProperty("order").GetString() == "big" ? ByteOrder.BigEndian : ByteOrder.LittleEndian;

    private static FrameLimits Limits(JsonElement codec)
    {
        var limits = FrameLimits.Default;
        limits = codec.TryGetProperty("maxBody", out var body) ? limits with { MaxBodyLength = body.GetInt64() } : limits;
        return codec.TryGetProperty("maxHeader", out var header) ? limits with { MaxHeaderLength = header.GetInt32() } : limits;
    }

    private static int Number(JsonElement codec, string name) => codec.TryGetProperty(name, out var value) ? value.GetInt32() : 0;
}
