using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;

namespace FramedSockets.Transport;

/// <summary>One connected socket as a pair of pipes.</summary>
internal sealed class SocketConnection : ITransportConnection
{
    /// <summary>Where what nobody reads is thrown away, of all connections at once.</summary>
    private static readonly byte[] Scratch = GC.AllocateUninitializedArray<byte>(4096, pinned: true);

    private readonly Socket _socket;
    private readonly SocketTransportOptions _options;
    private readonly SocketPipeReader _input;
    private SocketPipeWriter? _output;
    private AcknowledgedBytes _acknowledged;
    private volatile bool _isAborted;
    private int _disposed;

    /// <summary>Takes a connected socket that is set up.</summary>
    public SocketConnection(Socket socket, SocketTransportOptions options, EndPoint? local)
    {
        _socket = socket;
        _options = options;
        LocalEndPoint = local;
        RemoteEndPoint = socket.RemoteEndPoint;
        _input = new(socket, options);
    }

    public PipeReader Input => _input;

    /// <remarks>Made for the first who sends: a connection that only waits has none.</remarks>
    public PipeWriter Output =>
        Volatile.Read(ref _output) ?? Interlocked.CompareExchange(ref _output, new(_socket, _options.Pool), null) ?? _output;

    public EndPoint? LocalEndPoint { get; }

    public EndPoint? RemoteEndPoint { get; }

    public long? ReceivedLength => _input.Received;

    public long? DeliveredLength => _acknowledged.Read(_socket);

    public long HeldLength => _input.HeldLength;

    public void Abort()
    {
        // Whoever comes second may not leave before it is done, either: what is being sent may be given back then.
        lock (_input)
        {
            if (!_isAborted)
            {
                _isAborted = true;
                Reset();
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        if (!_isAborted && !_input.IsAtEnd && _output is { HasEnded: true })
        {
            await LingerAsync().ConfigureAwait(false);
        }

        _socket.Dispose();
        _input.Dispose();
    }

    private void Reset()
    {
        try
        {
            // Zero seconds of linger make closing a reset.
            _socket.LingerState = new(true, 0);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The socket is closed already, which is what was wanted.
        }

        _socket.Dispose();
    }

    private async Task LingerAsync()
    {
        using var timeout = new CancellationTokenSource(_options.LingerTimeout, _options.TimeProvider);
        _input.LowerMark();
        try
        {
            while (!timeout.IsCancellationRequested
                && await _socket.ReceiveAsync(Scratch.AsMemory(), timeout.Token).ConfigureAwait(false) > 0)
            {
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Time is up, or the peer is gone: either way there is nobody left to wait for.
        }
    }
}
