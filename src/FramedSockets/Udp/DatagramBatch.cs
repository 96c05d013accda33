using System.Buffers;
using FramedSockets.Framing;

namespace FramedSockets.Udp;

/// <summary>
/// Frames that are sent together: on Linux in few system calls, and those of one peer and one size as one packet where the
/// system can. Made by <see cref="UdpDatagramEndpoint{THeader}.CreateBatch"/>, sent by
/// <see cref="UdpDatagramEndpoint{THeader}.SendBatchAsync"/>, and then used again.
/// </summary>
/// <typeparam name="THeader">The header's type.</typeparam>
/// <remarks>
/// Not thread-safe; one endpoint may send any number of batches at once. It holds what is added until it is sent, so send
/// every few hundred frames. Each peer's frames leave in their order; frames to different peers may change places.
/// </remarks>
public sealed class DatagramBatch<THeader>
{
    private readonly DatagramSender<THeader> _sender;
    private readonly DatagramRoute _route;
    private readonly UdpDatagramOptions _options;
    private readonly FrameEncoder<THeader> _encoder;

    internal DatagramBatch(DatagramSender<THeader> sender, DatagramRoute route, IHeaderCodec<THeader> codec, UdpDatagramOptions options)
    {
        _sender = sender;
        _route = route;
        _options = options;
        _encoder = new(codec, options.Pool);
        Outgoing = new(route.Family, route.IsConnected);
    }

    /// <summary>How many datagrams wait to be sent.</summary>
    public int Count => Outgoing.Rest;

    internal OutgoingBatch Outgoing { get; }

    /// <summary>Adds a frame to the connected peer.</summary>
    /// <param name="header">The header.</param>
    /// <param name="body">The body; it is copied.</param>
    /// <exception cref="FramedSocketException">The frame was refused; the batch is as before.</exception>
    /// <exception cref="InvalidOperationException">The endpoint is not connected.</exception>
    public void Add(in THeader header, ReadOnlySpan<byte> body) => Add(header, body, _route.Only);

    /// <inheritdoc cref="Add(in THeader, ReadOnlySpan{byte})"/>
    public void Add(in THeader header, in ReadOnlySequence<byte> body) => Add(header, body, _route.Only);

    /// <summary>Adds a frame to a peer.</summary>
    /// <param name="header">The header.</param>
    /// <param name="body">The body; it is copied, so that it may be that of a datagram that was received.</param>
    /// <param name="peer">Where it goes.</param>
    /// <exception cref="FramedSocketException">The frame was refused; the batch is as before.</exception>
    /// <exception cref="InvalidOperationException">The endpoint is connected to another peer.</exception>
    /// <exception cref="ArgumentException">The peer has no port, or an address of a family that the endpoint cannot reach.</exception>
    public void Add(in THeader header, ReadOnlySpan<byte> body, in DatagramPeer peer)
    {
        var offset = Begin(peer);
        try
        {
            _ = _encoder.Write(Outgoing.Writer, header, body, _sender.Limits);
        }
        catch (Exception e)
        {
            Cancel(e);
            throw;
        }

        End(offset, peer);
    }

    /// <inheritdoc cref="Add(in THeader, ReadOnlySpan{byte}, in DatagramPeer)"/>
    public void Add(in THeader header, in ReadOnlySequence<byte> body, in DatagramPeer peer)
    {
        var offset = Begin(peer);
        try
        {
            _ = _encoder.Write(Outgoing.Writer, header, body, _sender.Limits);
        }
        catch (Exception e)
        {
            Cancel(e);
            throw;
        }

        End(offset, peer);
    }

    /// <summary>Forgets what was not sent.</summary>
    public void Clear() => Outgoing.Clear();

    internal bool BelongsTo(DatagramSender<THeader> sender) => ReferenceEquals(_sender, sender);

    private int Begin(in DatagramPeer peer)
    {
        _route.Check(peer);
        var writer = Outgoing.Writer;
        writer.Begin(_route.GetMost(peer));
        return writer.Length;
    }

    private void End(int offset, in DatagramPeer peer)
    {
        Outgoing.Writer.CheckNotEmpty();
        Outgoing.Add(offset, peer, Math.Min(_options.MaxPackedLength, _route.GetMost(peer)));
    }

    private void Cancel(Exception exception)
    {
        Outgoing.Writer.Cancel();
        _sender.CountIfTooLarge(exception);
    }
}
