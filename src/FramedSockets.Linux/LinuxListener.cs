using System.Net;
using System.Net.Sockets;
using FramedSockets.Transport;

namespace FramedSockets.Linux;

/// <summary>
/// A bound, listening socket, whose connections are dealt to the loops in turn. What its connections have in common is set on
/// itself, for they inherit it.
/// </summary>
internal sealed class LinuxListener : ITransportListener
{
    private const int LongestAddress = 128;

    /// <summary>In a burst the loop is not woken for each connection: who accepts takes all there are before he asks again.</summary>
    private const EpollEvents Watched = EpollEvents.Input | EpollEvents.OneShot;
    private readonly SystemCalls _calls;
    private readonly EventLoops _loops;
    private readonly LinuxTransportOptions _options;
    private readonly Socket _socket;
    private readonly EventLoop _loop;
    private readonly EventWaiter _waiter = new();
    private readonly ulong _token;
    private readonly bool _isTcp;
    private readonly bool _isOneAddress;
    private int _disposed;

    public LinuxListener(EndPoint endPoint, SystemCalls calls, EventLoops loops, LinuxTransportOptions options)
    {
        _calls = calls;
        _loops = loops;
        _options = options;
        _isTcp = endPoint is not UnixDomainSocketEndPoint;
        _socket = ListeningSocket.Bind(endPoint, options.Sockets.Backlog, SetUp);
        try
        {
            EndPoint = _socket.LocalEndPoint!;
            _isOneAddress = ListeningSocket.IsOneAddress(EndPoint);
            _loop = loops.Next();
            _ = Errno.Check(_loop.Register(_socket.SafeHandle, _waiter, Watched, out _token));
        }
        catch
        {
            _socket.Dispose();
            throw;
        }
    }

    public EndPoint EndPoint { get; }

    public async ValueTask<ITransportConnection?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            while (Volatile.Read(ref _disposed) == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
                _waiter.Clear();
                if (Accept() is { } connection)
                {
                    return connection;
                }

                _ = Errno.Check(_loop.Change(_socket.SafeHandle, _token, Watched));
                await _waiter.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is ObjectDisposedException or SocketException && Volatile.Read(ref _disposed) != 0)
        {
            // Closed while it accepted.
        }

        return null;
    }

    public ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            _loop.Deregister(_token);
            _socket.Dispose();
            _waiter.Wake();
        }

        return default;
    }

    private void SetUp(Socket socket)
    {
        socket.Blocking = false;
        TcpOptions.Set(socket, _options.Sockets);
    }

    /// <summary>The next connection; <see langword="null"/> when there is none now.</summary>
    /// <exception cref="SocketException">The system lacks descriptors or memory for one more.</exception>
    private LinuxConnection? Accept()
    {
        Span<byte> address = stackalloc byte[LongestAddress];
        while (true)
        {
            var result = _calls.Accept(_socket.SafeHandle, address, out var length);
            if (result >= 0)
            {
                return Open(new(result), SocketAddresses.ToEndPoint(EndPoint, address[..length]));
            }

            if (result == -Errno.TryAgain)
            {
                return null;
            }

            if (!Errno.IsOfOneConnection(-result))
            {
                throw Errno.ToException(-result);
            }
        }
    }

    private LinuxConnection Open(DescriptorHandle descriptor, EndPoint? remote)
    {
        try
        {
            var local = _isOneAddress ? EndPoint : SocketAddresses.OfThisSide(_calls, descriptor, EndPoint);
            return new(new(descriptor, _loops.Next(), _calls, _options.Scheduling, _isTcp), _options.Sockets, local, remote);
        }
        catch
        {
            descriptor.Dispose();
            throw;
        }
    }
}
