using System.Buffers;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace FramedSockets.Udp;

/// <summary>Encodes frames into datagrams and sends them, one by one or a batch at a time. Thread-safe.</summary>
internal sealed class DatagramSender<THeader>
{
    private readonly IDatagramSink _sink;
    private readonly DatagramRoute _route;
    private readonly DatagramStatistics _statistics;
    private readonly Func<bool> _isClosed;
    private readonly Spares<SendSlot<THeader>> _slots;

    public DatagramSender(
        IDatagramSink sink,
        DatagramRoute route,
        IHeaderCodec<THeader> codec,
        UdpDatagramOptions options,
        DatagramStatistics statistics,
        Func<bool> isClosed)
    {
        _sink = sink;
        _route = route;
        Limits = options.GetHeldLimits();
        _statistics = statistics;
        _isClosed = isClosed;
        _slots = new(() => new(codec, options.Pool, route.Family));
    }

    /// <summary>The limits of what is sent, alone or in a batch.</summary>
    public FrameLimits Limits { get; }

    public ValueTask SendAsync(in THeader header, ReadOnlySpan<byte> body, in DatagramPeer peer, CancellationToken cancellationToken) =>
        SendAsync(Encode(header, body, peer), cancellationToken);

    public ValueTask SendAsync(in THeader header, in ReadOnlySequence<byte> body, in DatagramPeer peer, CancellationToken cancellationToken) =>
        SendAsync(Encode(header, body, peer), cancellationToken);

    public bool TrySend(in THeader header, ReadOnlySpan<byte> body, in DatagramPeer peer) => TrySend(Encode(header, body, peer));

    public bool TrySend(in THeader header, in ReadOnlySequence<byte> body, in DatagramPeer peer) => TrySend(Encode(header, body, peer));

    private bool TrySend(SendSlot<THeader> slot)
    {
        try
        {
            var earlier = new EarlierErrors(_route.IsConnected, _statistics);
            SocketError error;
            do
            {
                error = _sink.TrySend(slot.Datagram, slot.Address);
            }
            while (earlier.Explain(error));

            return !DatagramFailure.IsFull(error) && Finish(error);
        }
        finally
        {
            _slots.Return(slot);
        }
    }

    public ValueTask SendAsync(OutgoingBatch batch, CancellationToken cancellationToken)
    {
        batch.ForgetSent();
        var before = batch.Sent;
        var send = _sink.SendAsync(batch, cancellationToken);
        if (!send.IsCompletedSuccessfully)
        {
            return FinishAsync(batch, before, send, cancellationToken);
        }

        var error = send.Result;
        if (error != SocketError.Success)
        {
            return FinishAsync(batch, before, new(error), cancellationToken);
        }

        _statistics.CountSent(batch.Sent - before);
        batch.Clear();
        return default;
    }

    /// <summary>Counts a frame that does not fit a datagram.</summary>
    public void CountIfTooLarge(Exception exception)
    {
        if (exception is FramedSocketException { Error: FramedSocketError.BodyTooLong or FramedSocketError.HeaderTooLong })
        {
            _statistics.CountTooLarge();
        }
    }

    private SendSlot<THeader> Rent(in DatagramPeer peer, out int most)
    {
        _route.Check(peer);
        most = _route.GetMost(peer);
        var slot = _slots.Rent();
        if (!_route.IsConnected)
        {
            slot.SetAddress(peer);
        }

        return slot;
    }

    private SendSlot<THeader> Encode(in THeader header, ReadOnlySpan<byte> body, in DatagramPeer peer)
    {
        var slot = Rent(peer, out var most);
        try
        {
            slot.Encode(header, body, Limits, most);
            return slot;
        }
        catch (Exception e)
        {
            Refuse(slot, e);
            throw;
        }
    }

    private SendSlot<THeader> Encode(in THeader header, in ReadOnlySequence<byte> body, in DatagramPeer peer)
    {
        var slot = Rent(peer, out var most);
        try
        {
            slot.Encode(header, body, Limits, most);
            return slot;
        }
        catch (Exception e)
        {
            Refuse(slot, e);
            throw;
        }
    }

    private void Refuse(SendSlot<THeader> slot, Exception exception)
    {
        _slots.Return(slot);
        CountIfTooLarge(exception);
    }

    private ValueTask SendAsync(SendSlot<THeader> slot, CancellationToken cancellationToken)
    {
        var send = _sink.SendAsync(slot.Datagram, slot.Address, cancellationToken);
        if (!send.IsCompletedSuccessfully)
        {
            return FinishAsync(slot, send, cancellationToken);
        }

        var error = send.Result;
        if (error != SocketError.Success)
        {
            return FinishAsync(slot, new(error), cancellationToken);
        }

        _slots.Return(slot);
        _statistics.CountSent();
        return default;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask FinishAsync(SendSlot<THeader> slot, ValueTask<SocketError> send, CancellationToken cancellationToken)
    {
        try
        {
            var earlier = new EarlierErrors(_route.IsConnected, _statistics);
            var error = await send.ConfigureAwait(false);
            while (earlier.Explain(error))
            {
                error = await _sink.SendAsync(slot.Datagram, slot.Address, cancellationToken).ConfigureAwait(false);
            }

            _ = Finish(error);
        }
        finally
        {
            _slots.Return(slot);
        }
    }

    private async ValueTask FinishAsync(
        OutgoingBatch batch, int before, ValueTask<SocketError> send, CancellationToken cancellationToken)
    {
        var earlier = new EarlierErrors(_route.IsConnected, _statistics);
        while (true)
        {
            SocketError error;
            try
            {
                error = await send.ConfigureAwait(false);
            }
            finally
            {
                _statistics.CountSent(batch.Sent - before);
            }

            if (error == SocketError.Success)
            {
                batch.Clear();
                return;
            }

            if (batch.Sent > before)
            {
                earlier = new(_route.IsConnected, _statistics);
            }

            if (!earlier.Explain(error))
            {
                batch.Advance(IsOfDatagram(error) ? 1 : 0);
                throw Failure(error);
            }

            before = batch.Sent;
            send = _sink.SendAsync(batch, cancellationToken);
        }
    }

    /// <summary>Whether an error is of this datagram, or of its peer: it must not stand in the way of those for others.</summary>
    private bool IsOfDatagram(SocketError error) => error == SocketError.MessageSize || (!_route.IsConnected
        && (DatagramFailure.IsRefusal(error) || DatagramFailure.IsOfThePath(error) || DatagramFailure.IsOfTheAddress(error)));

    private bool Finish(SocketError error)
    {
        if (error != SocketError.Success)
        {
            throw Failure(error);
        }

        _statistics.CountSent();
        return true;
    }

    private Exception Failure(SocketError error)
    {
        if (_isClosed())
        {
            // A socket that is being closed may give any error.
            return new ObjectDisposedException(nameof(UdpDatagramEndpoint));
        }

        if (error == SocketError.MessageSize)
        {
            _statistics.CountTooLarge();
            return new FramedSocketException(
                FramedSocketError.BodyTooLong, "The datagram is longer than the path takes, and may not be sent in fragments.");
        }

        return DatagramFailure.ToException(error, "Sending");
    }
}
