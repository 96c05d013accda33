using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace FramedSockets.Udp;

/// <summary>Sends one datagram at a time through <see cref="Socket"/>, which works everywhere.</summary>
internal sealed class PlainSink : IDatagramSink
{
    /// <summary>The longest time, in milliseconds, between two questions whether a Unix peer has room.</summary>
    private const int LongestWait = 16;

    private readonly Socket _socket;

    public PlainSink(Socket socket)
    {
        _socket = socket;

        // Only the synchronous calls look at this: TrySend must not wait.
        socket.Blocking = false;
    }

    public SocketError TrySend(ReadOnlyMemory<byte> datagram, SocketAddress? address)
    {
        try
        {
            if (address is null)
            {
                _ = _socket.Send(datagram.Span, SocketFlags.None, out var error);
                return error;
            }

            _ = _socket.SendTo(datagram.Span, SocketFlags.None, address);
            return SocketError.Success;
        }
        catch (Exception e) when (DatagramFailure.IsError(e, out var error))
        {
            return error;
        }
    }

    public ValueTask<SocketError> SendAsync(ReadOnlyMemory<byte> datagram, SocketAddress? address, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<SocketError>(cancellationToken);
        }

        // The synchronous call costs less, and there is nearly always room.
        var error = TrySend(datagram, address);
        return error == SocketError.WouldBlock ? WaitToSendAsync(datagram, address, cancellationToken) : new(error);
    }

    /// <summary>Sends one datagram, once there is room.</summary>
    /// <exception cref="OperationCanceledException">The wait was cancelled; nothing was sent.</exception>
    public ValueTask<SocketError> WaitToSendAsync(ReadOnlyMemory<byte> datagram, SocketAddress? address, CancellationToken cancellationToken) =>
        address is { Family: AddressFamily.Unix }
            ? TryToSendAsync(datagram, address, cancellationToken)
            : WaitForRoomAsync(datagram, address, cancellationToken);

    /// <summary>
    /// The system tells when this socket has room, and not when a Unix peer has to which it is not connected: that peer is asked
    /// again and again.
    /// </summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<SocketError> TryToSendAsync(ReadOnlyMemory<byte> datagram, SocketAddress address, CancellationToken cancellationToken)
    {
        for (var wait = 1; true; wait = Math.Min(2 * wait, LongestWait))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(wait), TimeProvider.System, cancellationToken).ConfigureAwait(false);
            var error = TrySend(datagram, address);
            if (error != SocketError.WouldBlock)
            {
                return error;
            }
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<SocketError> WaitForRoomAsync(ReadOnlyMemory<byte> datagram, SocketAddress? address, CancellationToken cancellationToken)
    {
        try
        {
            // A datagram leaves whole or not at all, so how much was sent says nothing new.
            _ = address is null
                ? await _socket.SendAsync(datagram, SocketFlags.None, cancellationToken).ConfigureAwait(false)
                : await _socket.SendToAsync(datagram, SocketFlags.None, address, cancellationToken).ConfigureAwait(false);
            return SocketError.Success;
        }
        catch (Exception e) when (DatagramFailure.IsError(e, out var error))
        {
            return error;
        }
    }

    public ValueTask<SocketError> SendAsync(OutgoingBatch batch, CancellationToken cancellationToken)
    {
        while (batch.Rest > 0)
        {
            var send = SendAsync(batch.Next, batch.NextAddress(), cancellationToken);
            if (!send.IsCompletedSuccessfully)
            {
                return SendRestAsync(send, batch, cancellationToken);
            }

            var error = send.Result;
            if (error != SocketError.Success)
            {
                return new(error);
            }

            batch.Advance(1);
        }

        return new(SocketError.Success);
    }

    private async ValueTask<SocketError> SendRestAsync(ValueTask<SocketError> send, OutgoingBatch batch, CancellationToken cancellationToken)
    {
        while (true)
        {
            var error = await send.ConfigureAwait(false);
            batch.Advance(error == SocketError.Success ? 1 : 0);
            if (error != SocketError.Success || batch.Rest == 0)
            {
                return error;
            }

            send = SendAsync(batch.Next, batch.NextAddress(), cancellationToken);
        }
    }
}
