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

    // A Unix peer that is gone is told again and again, and one that has no room for more is not told by the send buffer.
    private readonly bool _isToldOnce = socket.AddressFamily != AddressFamily.Unix;
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
            var before = batch.Sent;
            var room = _isToldOnce && batch.IsConnected ? SocketMemory.ReadSendRoom(socket) : 0;
            error = vector.Send(_handle, batch, _offload, out var taken);
            if (wasStopped && batch.Sent > before)
            {
                error = SocketError.ConnectionRefused;
            }

            // A call that sent some does not tell the error that stopped it. Where there was room for all of that, and the next
            // call goes on in the same place, it was what a connected socket tells only once.
            wasStopped = taken > 0 && taken < room;
        }

        _vectors.Return(vector);
        return error;
    }
}
