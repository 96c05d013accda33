using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace FramedSockets.Udp.Linux;

/// <summary>
/// Receives many datagrams with one system call, and takes apart those that came as one packet. It waits through
/// <see cref="Socket"/>: receiving no bytes there waits for a datagram and takes none.
/// </summary>
internal sealed class LinuxSource(Socket socket, DatagramStatistics statistics, UdpDatagramOptions options, bool usesOffload) : IDatagramSource
{
    private readonly SafeSocketHandle _handle = socket.SafeHandle;
    private readonly int _limit = options.MaxDatagramLength;
    private ReceiveVector? _vector;
    private DatagramPeer _peer;
    private int _count;
    private int _message;
    private int _offset;
    private int _datagramLength;

    // What is left of the message that is open; -1 when none is, since an empty datagram is one as well.
    private int _length = -1;

    public ref readonly DatagramPeer Peer => ref _peer;

    public bool TryTake(out ArrivedDatagram datagram)
    {
        while (_length >= 0 || TryOpenNext())
        {
            var offset = _offset;
            var length = Math.Min(_datagramLength, _length);
            _offset += length;
            _length -= length;
            if (_length == 0)
            {
                _length = -1;
            }

            if (length <= _limit)
            {
                datagram = new(_vector!.Buffer, offset, length);
                return true;
            }

            statistics.CountTruncated();
        }

        datagram = default;
        return false;
    }

    public ValueTask<SocketError> ReceiveAsync(CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<SocketError>(cancellationToken);
        }

        var error = Receive();
        return error == SocketError.WouldBlock ? WaitAsync(cancellationToken) : new(error);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<SocketError> WaitAsync(CancellationToken cancellationToken)
    {
        SocketError error;
        do
        {
            try
            {
                _ = await socket.ReceiveAsync(Memory<byte>.Empty, SocketFlags.None, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (DatagramFailure.IsError(e, out var failure))
            {
                return failure;
            }

            error = Receive();
        }
        while (error == SocketError.WouldBlock);
        return error;
    }

    private SocketError Receive()
    {
        _vector ??= new(options.BatchLength, usesOffload ? UdpDatagramOptions.LongestDatagram : _limit, usesOffload);
        _message = 0;
        _length = -1;
        return _vector.Receive(_handle, out _count);
    }

    private bool TryOpenNext()
    {
        if (_message == _count)
        {
            return false;
        }

        _offset = _vector!.Open(_message++, out _length, out _datagramLength, ref _peer);
        return true;
    }
}
