using System.Buffers;
using FramedSockets.Tests.Codecs;

namespace FramedSockets.Tests.Vectors;

/// <summary>A codec as the vectors see it.</summary>
/// <param name="codec">The codec.</param>
/// <param name="limits">The vector's limits.</param>
/// <param name="prefixLength">The bytes before a header that the vectors do not count to it.</param>
internal sealed class VectorFraming<THeader>(IHeaderCodec<THeader> codec, FrameLimits limits, int prefixLength = 0) : IVectorFraming
{
    public string Decode(in ReadOnlySequence<byte> wire) => Describe(CodecPeer.Decode(codec, wire, limits));

    public async Task<string> DecodeAsync(IEnumerable<ReadOnlyMemory<byte>> parts) => Describe(await CodecPeer.DecodeAsync(codec, parts, limits));

    public byte[] EncodeAgain(byte[] wire) => [.. CodecPeer.Decode(codec, wire, limits).Frames.SelectMany(
        frame => CodecPeer.Encode(codec, new CodecSample<THeader>(frame.Header, frame.Body), limits))];

    public string Expect(FramingVector vector) => Describe(vector.Frames.Select(frame => (frame.Header, frame.Body)), vector.Error);

    private string Describe(Reception<THeader> received) => Describe(
        received.Frames.Select(frame => (Convert.ToHexString(frame.Head.AsSpan(prefixLength)), Convert.ToHexString(frame.Body))), received.Failure?.Error);

    private static string Describe(IEnumerable<(string Header, string Body)> frames, FramedSocketError? error) =>
        string.Join(' ', frames.Select(frame => $"[{frame.Header} {frame.Body}]").Append(error?.ToString() ?? "end"));
}
