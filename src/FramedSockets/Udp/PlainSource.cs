using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace FramedSockets.Udp;

/// <summary>Receives one datagram at a time through <see cref="Socket"/>, which works everywhere.</summary>
internal sealed class PlainSource : IDatagramSource
{
    private readonly Socket _socket;
    private readonly DatagramStatistics _statistics;
    private readonly SocketAddress _address;
    private readonly int _addressLength;
    private readonly int _limit;
    private byte[]? _buffer;
    private DatagramPeer _peer;
    private int _length;
    private bool _hasDatagram;

    public PlainSource(Socket socket, DatagramStatistics statistics, int maxDatagramLength)
    {
        _socket = socket;
        _statistics = statistics;
        _limit = maxDatagramLength;
        _address = new(socket.AddressFamily);
        _addressLength = _address.Size;
    }

    public ref readonly DatagramPeer Peer => ref _peer;

    public bool TryTake(out ArrivedDatagram datagram)
    {
        if (!_hasDatagram)
        {
            datagram = default;
            return false;
        }

        _hasDatagram = false;
        _peer = DatagramPeer.Read(_address, _peer);
        datagram = new(_buffer!, 0, _length);
        return true;
    }

    public ValueTask<SocketError> ReceiveAsync(CancellationToken cancellationToken)
    {
        // A socket cuts a long datagram without a word: one byte more than the limit shows it.
        _buffer ??= GC.AllocateUninitializedArray<byte>(_limit + 1, pinned: true);
        _address.Size = _addressLength;
        try
        {
            var receive = _socket.ReceiveFromAsync(_buffer, SocketFlags.None, _address, cancellationToken);
            return receive.IsCompletedSuccessfully ? new(Accept(receive.Result)) : WaitAsync(receive);
        }
        catch (Exception e) when (DatagramFailure.IsError(e, out var error))
        {
            return new(Accept(error));
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<SocketError> WaitAsync(ValueTask<int> receive)
    {
        try
        {
            return Accept(await receive.ConfigureAwait(false));
        }
        catch (Exception e) when (DatagramFailure.IsError(e, out var error))
        {
            return Accept(error);
        }
    }

    private SocketError Accept(int length)
    {
        if (length > _limit)
        {
            _statistics.CountTruncated();
        }
        else
        {
            _length = length;
            _hasDatagram = true;
        }

        return SocketError.Success;
    }

    // Windows says so itself when a datagram was cut. Elsewhere this error is told of one that was sent.
    private SocketError Accept(SocketError error) => OperatingSystem.IsWindows() && error == SocketError.MessageSize ? Accept(_limit + 1) : error;
}
