using FramedSockets.Framing;

namespace FramedSockets.Benchmarks.Support;

/// <summary>Reads frames as an application does: wait, then take all that are there. For the decode benchmark of any codec.</summary>
internal sealed class DecodeRig<THeader>
{
    private readonly FrameReader<THeader> _reader;

    public DecodeRig(IHeaderCodec<THeader> codec, byte[] frames, ByteLayout layout) =>
        _reader = new(new ReplayPipeReader(Segments.Of(frames, layout)), codec);

    /// <summary>Reads one batch, which is the whole input.</summary>
    /// <returns>The bytes of all bodies.</returns>
    public async ValueTask<long> ReadAsync()
    {
        var total = 0L;
        if (await _reader.WaitToReadAsync())
        {
            while (_reader.TryRead(out var frame))
            {
                total += frame.Body.Length;
            }
        }

        return total;
    }
}
