using System.Buffers;
using System.Net;
using System.Net.Sockets;
using FramedSockets.Framing;

namespace FramedSockets.Udp;

/// <summary>What one send needs, from the encoder to the address; reused, so that a send allocates nothing.</summary>
internal sealed class SendSlot<THeader>(IHeaderCodec<THeader> codec, ArrayPool<byte> pool, AddressFamily family)
{
    private readonly FrameEncoder<THeader> _encoder = new(codec, pool);
    private readonly DatagramWriter _writer = new();
    private readonly SocketAddress _address = new(family);

    /// <summary>The datagram.</summary>
    public ReadOnlyMemory<byte> Datagram => _writer.Current;

    /// <summary>Where it goes; <see langword="null"/> to the connected peer.</summary>
    public SocketAddress? Address { get; private set; }

    public void SetAddress(in DatagramPeer peer)
    {
        _address.Size = peer.Write(_address.Buffer.Span, family);
        Address = _address;
    }

    public void Encode(in THeader header, ReadOnlySpan<byte> body, FrameLimits limits, int most)
    {
        _writer.Clear();
        _writer.Begin(most);
        _ = _encoder.Write(_writer, header, body, limits);
        _writer.CheckNotEmpty();
    }

    public void Encode(in THeader header, in ReadOnlySequence<byte> body, FrameLimits limits, int most)
    {
        _writer.Clear();
        _writer.Begin(most);
        _ = _encoder.Write(_writer, header, body, limits);
        _writer.CheckNotEmpty();
    }
}
