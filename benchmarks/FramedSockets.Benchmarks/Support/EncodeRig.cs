using System.Buffers;
using FramedSockets.Framing;

namespace FramedSockets.Benchmarks.Support;

/// <summary>Writes frames and flushes once a batch. For the encode benchmark of any codec.</summary>
internal sealed class EncodeRig<THeader>(IHeaderCodec<THeader> codec)
{
    private readonly FrameWriter<THeader> _writer = new(new DiscardPipeWriter(), codec);

    public ValueTask WriteAsync(in THeader header, in ReadOnlySequence<byte> body, int count)
    {
        for (var i = 0; i < count; i++)
        {
            _writer.Write(header, body);
        }

        return _writer.FlushAsync();
    }
}
