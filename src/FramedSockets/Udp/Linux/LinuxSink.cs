using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace FramedSockets.Udp.Linux;

/// <summary>
/// Sends through the system calls, many datagrams with one call, and those of one peer and one size as one packet where the
/// system can. Where it has to wait it sends one datagram through <see cref="PlainSink"/>, which knows how.
/// </summary>
internal sealed class LinuxSink(Socket socket, PlainSink plain, bool usesOffload) : IDatagramSink
{
    private readonly SafeSocketHandle _handle = socket.SafeHandle;
    private readonly SendOffload _offload = new(usesOffload);
    private readonly Spares<SendVector> _vectors = new(() => new(socket.AddressFamily));

    /// <summary>Whether datagrams may still travel as one packet.</summary>
    public bool IsOffloading => _offload.MaxSegmentLength > 0;

    public unsafe SocketError TrySend(ReadOnlyMemory<byte> datagram, SocketAddress? address)
    {
        var name = address is null ? default : address.Buffer.Span[..address.Size];
        SocketError error;
        do
        {
            try
            {
                fixed (byte* bytes = datagram.Span, nameBytes = name)
                {
                    if (Native.SendTo(
                        _handle, bytes, (nuint)datagram.Length, Native.DontWait | Native.NoSignal, nameBytes, (uint)name.Length) >= 0)
                    {
                        return SocketError.Success;
                    }
                }

                error = Errno.Last;
            }
            catch (ObjectDisposedException)
            {
                return SocketError.OperationAborted;
            }
        }
        while (error == SocketError.TryAgain);
        return error;
    }

    public ValueTask<SocketError> SendAsync(ReadOnlyMemory<byte> datagram, SocketAddress? address, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<SocketError>(cancellationToken);
        }

        var error = TrySend(datagram, address);
        return error == SocketError.WouldBlock ? plain.WaitToSendAsync(datagram, address, cancellationToken) : new(error);
    }

    public ValueTask<SocketError> SendAsync(OutgoingBatch batch, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<SocketError>(cancellationToken);
        }

        var error = Send(batch);
        return error == SocketError.WouldBlock ? WaitAsync(batch, cancellationToken) : new(error);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<SocketError> WaitAsync(OutgoingBatch batch, CancellationToken cancellationToken)
    {
        SocketError error;
        do
        {
            error = await plain.WaitToSendAsync(batch.Next, batch.NextAddress(), cancellationToken).ConfigureAwait(false);
            if (error == SocketError.Success)
            {
                batch.Advance(1);
                error = Send(batch);
            }
        }
        while (error == SocketError.WouldBlock);
        return error;
    }

    /// <summary>Sends as much as goes without waiting.</summary>
    private SocketError Send(OutgoingBatch batch)
    {
        if (IsOffloading)
        {
            batch.GroupByPeer();
        }

        var vector = _vectors.Rent();
        var error = SocketError.Success;
        var wasStopped = false;
        while (batch.Rest > 0 && error == SocketError.Success)
        {
            error = vector.Send(_handle, batch, _offload, out var isStopped);
            wasStopped |= isStopped;
        }

        _vectors.Return(vector);

        // A call that sent some does not tell the error that stopped it, which may have been anything. But a peer that refuses has
        // refused the last datagram as well.
        return wasStopped && batch.IsConnected && error == SocketError.Success && IsRefused() ? SocketError.ConnectionRefused : error;
    }

    /// <summary>Takes what the system would tell the next call; says whether it is that the peer's system refused a datagram.</summary>
    private bool IsRefused()
    {
        try
        {
            return DatagramFailure.IsRefusal((SocketError)(int)socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error)!);
        }
        catch (Exception e) when (DatagramFailure.IsError(e, out _))
        {
            return false;
        }
    }
}
