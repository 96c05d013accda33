using System.Buffers;

namespace FramedSockets.Tests.Udp;

/// <summary>Notes, and something that happens whenever one is decoded, given how many were before.</summary>
internal sealed class HookedCodec(Action<int> hook) : IHeaderCodec<byte>
{
    private int _count;

    public HeaderDecodeResult Decode(ReadOnlySpan<byte> source, in HeaderDecodeContext context, out byte header)
    {
        hook(Interlocked.Increment(ref _count) - 1);
        return NoteCodec.Instance.Decode(source, context, out header);
    }

    public void Encode(in byte header, in HeaderEncodeContext context, IBufferWriter<byte> output) =>
        NoteCodec.Instance.Encode(header, context, output);
}
