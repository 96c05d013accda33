using System.Buffers;
using FramedSockets;
using FramedSockets.Codecs;

namespace Tour.Support;

/// <summary>
/// The library's JSON framing for texts alone: its header says nothing but the length, so nobody has to see it. A framing is
/// a class with two methods; this one asks another.
/// </summary>
internal sealed class JsonTextCodec : IHeaderCodec<NoHeader>
{
    private readonly JsonHeaderCodec<TextHeader> _codec = new(TourJson.Default.TextHeader, lengthMember: "length");

    public HeaderDecodeResult Decode(ReadOnlySpan<byte> source, in HeaderDecodeContext context, out NoHeader header)
    {
        header = default;
        return _codec.Decode(source, context, out _);
    }

    public void Encode(in NoHeader header, in HeaderEncodeContext context, IBufferWriter<byte> output) =>
        _codec.Encode(default, context, output);
}
