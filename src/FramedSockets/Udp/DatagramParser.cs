using FramedSockets.Framing;

namespace FramedSockets.Udp;

/// <summary>
/// Finds the frames of a datagram: exactly one, or several by option. A datagram is delivered whole or not at all, and a
/// refusal is a value, so that a flood of garbage costs no exceptions. Not thread-safe.
/// </summary>
internal sealed class DatagramParser<THeader>(IHeaderCodec<THeader> codec, UdpDatagramOptions options)
{
    private readonly FrameDecoder<THeader> _decoder = new(codec);
    private readonly FrameLimits _limits = options.GetHeldLimits();
    private readonly bool _takesSeveral = options.MaxPackedLength > 0;
    private ParsedFrame<THeader>[] _frames = new ParsedFrame<THeader>[1];

    /// <summary>The frames of the datagram that was parsed last.</summary>
    public ReadOnlySpan<ParsedFrame<THeader>> Frames => _frames.AsSpan(0, Count);

    public int Count { get; private set; }

    /// <summary>What the codec threw at the datagram that was refused last; <see langword="null"/> where it threw nothing but a refusal.</summary>
    public Exception? Thrown { get; private set; }

    /// <summary>Parses a datagram; <see langword="false"/> where it is not exactly what the codec expects.</summary>
    public bool TryParse(in ArrivedDatagram datagram)
    {
        Count = 0;
        Thrown = null;
        var offset = datagram.Offset;
        var end = offset + datagram.Length;
        do
        {
            if (offset == end || !TryParse(datagram.Array, ref offset, end))
            {
                Count = 0;
                return false;
            }
        }
        while (_takesSeveral && offset < end);

        return true;
    }

    private bool TryParse(byte[] array, ref int offset, int end)
    {
        var source = array.AsSpan(offset, end - offset);
        var layout = _decoder.Decode(source, new(_limits, examined: 0), out var header);
        if (!layout.IsComplete)
        {
            Thrown = layout.WhatWasThrown;
            return false;
        }

        var room = (long)source.Length - layout.HeaderLength - layout.TrailerLength;
        var length = layout.BodyLength == HeaderDecodeResult.UntilEnd ? room : layout.BodyLength;
        if (length < 0 || length > room || length > _limits.MaxBodyLength || (length < room && !_takesSeveral))
        {
            return false;
        }

        var body = layout.HeaderLength + (int)length;
        if (layout.TrailerLength > 0 && !_decoder.IsTrailerValid(source.Slice(body, layout.TrailerLength), out var thrown))
        {
            Thrown = thrown is FramedSocketException ? null : thrown;
            return false;
        }

        Add(new(header, offset + layout.HeaderLength, (int)length));
        offset += body + layout.TrailerLength;
        return true;
    }

    private void Add(in ParsedFrame<THeader> frame)
    {
        if (Count == _frames.Length)
        {
            Array.Resize(ref _frames, 2 * Count);
        }

        _frames[Count++] = frame;
    }
}
