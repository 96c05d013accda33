using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace FramedSockets.Udp;

/// <summary>Hands out the frames of received datagrams, one at a time, in the receive buffer. One caller at a time.</summary>
internal sealed class DatagramReader<THeader>(
    IDatagramSource source, IHeaderCodec<THeader> codec, UdpDatagramOptions options, DatagramStatistics statistics)
{
    private readonly DatagramParser<THeader> _parser = new(codec, options);
    private readonly FrameLease _lease = new(options.Pool);
    private ArrivedDatagram _datagram;
    private int _next;

    /// <summary>Takes the next frame that has arrived. Ends the frame before.</summary>
    public bool TryRead(out Frame<THeader> frame, out DatagramPeer peer)
    {
        if (!IsReady())
        {
            _lease.Revoke();
            frame = default;
            peer = default;
            return false;
        }

        ref readonly var parsed = ref _parser.Frames[_next++];
        frame = new(parsed.Header, _lease, _lease.Lend(_datagram.Array, parsed.Offset, parsed.Length));
        peer = _datagram.Peer;
        return true;
    }

    /// <summary>Takes the next well-formed datagram, whole, and counts those that are not.</summary>
    public bool TryTake(out ArrivedDatagram datagram)
    {
        while (source.TryTake(out datagram))
        {
            if (_parser.TryParse(datagram))
            {
                return true;
            }

            statistics.CountMalformed();
        }

        return false;
    }

    /// <summary>Makes the frame that is lent stale.</summary>
    public void EndFrame() => _lease.Revoke();

    /// <summary>Waits until a frame is there; <see langword="false"/> when the socket was closed. Ends the frame before.</summary>
    /// <exception cref="FramedSocketException">The receive failed; it may be repeated.</exception>
    public ValueTask<bool> WaitAsync(CancellationToken cancellationToken)
    {
        _lease.Revoke();
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<bool>(cancellationToken);
        }

        return IsReady() ? new(true) : ReceiveAsync(cancellationToken);
    }

    /// <summary>Receives until there is at least one datagram, well-formed or not; <see langword="false"/> when the socket was closed.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<bool> FillAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var error = await source.ReceiveAsync(cancellationToken).ConfigureAwait(false);
            if (error == SocketError.Success)
            {
                return true;
            }

            if (DatagramFailure.IsEnd(error))
            {
                return false;
            }

            if (!DatagramFailure.IsRefusal(error))
            {
                throw DatagramFailure.ToException(error, "Receiving");
            }

            statistics.CountRefused();
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> ReceiveAsync(CancellationToken cancellationToken)
    {
        do
        {
            if (!await FillAsync(cancellationToken).ConfigureAwait(false))
            {
                return false;
            }
        }
        while (!IsReady());
        return true;
    }

    private bool IsReady() => _next < _parser.Count || TryParseNext();

    private bool TryParseNext()
    {
        _next = 0;
        if (!TryTake(out _datagram))
        {
            return false;
        }

        statistics.CountReceived();
        return true;
    }
}
