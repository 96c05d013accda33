using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace FramedSockets.Udp;

/// <summary>
/// A datagram socket that carries one frame a datagram (several by option). Receiving follows <c>ChannelReader</c>; sending is
/// open to every thread. What is lost is counted in <see cref="Counters"/>, and the endpoint goes on.
/// </summary>
/// <typeparam name="THeader">The header's type.</typeparam>
/// <remarks>
/// One receiver at a time, any number of senders. A datagram that is cut short or malformed is counted, never delivered and
/// never answered. Receiving and sending allocate nothing. Made by <see cref="UdpDatagramEndpoint"/>.
/// </remarks>
public sealed class UdpDatagramEndpoint<THeader> : IAsyncDisposable
{
    private readonly IHeaderCodec<THeader> _codec;
    private readonly UdpDatagramOptions _options;
    private readonly DatagramStatistics _statistics;
    private readonly DatagramRoute _route;
    private readonly DatagramReader<THeader> _reader;
    private readonly DatagramSender<THeader> _sender;

    internal UdpDatagramEndpoint(Socket socket, IHeaderCodec<THeader> codec, UdpDatagramOptions options, bool isConnected)
    {
        _codec = codec;
        _options = options;
        _statistics = new(socket);
        var isDualMode = socket.AddressFamily == AddressFamily.InterNetworkV6 && socket.DualMode;
        _route = new(socket.AddressFamily, isDualMode, isConnected ? new DatagramPeer(socket.RemoteEndPoint!) : null, options.MaxDatagramLength);
        LocalEndPoint = socket.LocalEndPoint;
        RemoteEndPoint = isConnected ? socket.RemoteEndPoint : null;
        Plumbing = DatagramPlumbing.Create(socket, options, _statistics);
        _reader = new(Plumbing.Source, codec, options, _statistics, isConnected);
        _sender = new(Plumbing.Sink, _route, codec, options, _statistics, () => _reader.IsClosed);
    }

    /// <summary>The address in fact bound, a port of 0 resolved; <see langword="null"/> where there is none.</summary>
    public EndPoint? LocalEndPoint { get; }

    /// <summary>The only peer of a connected endpoint; <see langword="null"/> of a bound one.</summary>
    public EndPoint? RemoteEndPoint { get; }

    /// <summary>What became of the datagrams so far.</summary>
    public DatagramCounters Counters => _statistics.Read();

    internal DatagramPlumbing Plumbing { get; }

    /// <summary>Waits until a frame can be taken. Ends the datagram before.</summary>
    /// <param name="cancellationToken">Ends the wait; nothing is lost and receiving may go on.</param>
    /// <returns><see langword="true"/> when a frame is there; <see langword="false"/> when the endpoint was disposed.</returns>
    /// <exception cref="FramedSocketException">The system could not receive; the call may be repeated.</exception>
    /// <exception cref="InvalidOperationException">Another call is receiving.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public ValueTask<bool> WaitToReceiveAsync(CancellationToken cancellationToken = default) => _reader.WaitAsync(cancellationToken);

    /// <summary>Takes the next frame, if it has been received. Ends the datagram before.</summary>
    /// <param name="datagram">The frame and its sender; valid until the next call that receives.</param>
    /// <returns><see langword="false"/> when there is none now: <see cref="WaitToReceiveAsync"/> waits for one.</returns>
    public bool TryReceive(out Datagram<THeader> datagram)
    {
        if (!_reader.IsClosed && _reader.TryRead(out var frame, out var peer))
        {
            datagram = new(this, frame, peer);
            return true;
        }

        datagram = default;
        return false;
    }

    /// <summary>Receives the next frame. Ends the datagram before.</summary>
    /// <returns>The frame and its sender; valid until the next call that receives.</returns>
    /// <exception cref="ObjectDisposedException">The endpoint was disposed.</exception>
    /// <inheritdoc cref="WaitToReceiveAsync"/>
    public ValueTask<Datagram<THeader>> ReceiveAsync(CancellationToken cancellationToken = default)
    {
        if (TryReceive(out var datagram))
        {
            return new(datagram);
        }

        var wait = _reader.WaitAsync(cancellationToken);
        if (!wait.IsCompletedSuccessfully)
        {
            return ReceiveNextAsync(wait, cancellationToken);
        }

        var isOpen = wait.Result;
        return isOpen && TryReceive(out datagram) ? new(datagram) : ReceiveNextAsync(new(isOpen), cancellationToken);
    }

    /// <summary>Receives all frames until the endpoint is disposed. Each is valid until the next is asked for.</summary>
    /// <returns>The frames and their senders.</returns>
    /// <inheritdoc cref="WaitToReceiveAsync"/>
    public async IAsyncEnumerable<Datagram<THeader>> ReceiveAllAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        while (await WaitToReceiveAsync(cancellationToken).ConfigureAwait(false))
        {
            while (TryReceive(out var datagram))
            {
                yield return datagram;
            }
        }
    }

    /// <summary>Calls a handler for each frame until the endpoint is disposed. What fails is logged, and it goes on.</summary>
    /// <param name="handler">The handler; called by <see cref="DatagramHandlingOptions.Receivers"/> at the same time.</param>
    /// <param name="options">The options; <see cref="DatagramHandlingOptions.Default"/> when <see langword="null"/>.</param>
    /// <param name="cancellationToken">Ends receiving; what has arrived and was not taken yet stays for the next call that receives.</param>
    /// <returns>A task that ends when the last handler has returned.</returns>
    /// <exception cref="InvalidOperationException">Another call is receiving.</exception>
    /// <exception cref="OperationCanceledException">Receiving was cancelled.</exception>
    public async Task RunAsync(
        DatagramHandler<THeader> handler, DatagramHandlingOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(handler);
        if (_reader.TryEnter())
        {
            try
            {
                var run = new DatagramRun<THeader>(this, _reader, handler, options ?? DatagramHandlingOptions.Default);
                await run.RunAsync(() => new(_codec, _options), _options, _statistics, cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                _reader.Exit();
            }
        }
    }

    /// <summary>Sends a frame to the connected peer.</summary>
    /// <param name="header">The header.</param>
    /// <param name="body">The body; it is copied before the call returns.</param>
    /// <param name="cancellationToken">Ends the wait for room; then nothing is sent.</param>
    /// <returns>A task that ends when the system took the datagram. UDP does not say whether it arrives.</returns>
    /// <exception cref="FramedSocketException">
    /// The frame was refused, is too long for a datagram (<see cref="FramedSocketError.BodyTooLong"/>), or the system could not
    /// send it (<see cref="FramedSocketError.TransportFailed"/>); the endpoint stays usable.
    /// </exception>
    /// <exception cref="InvalidOperationException">The endpoint is not connected.</exception>
    /// <exception cref="ObjectDisposedException">The endpoint was disposed.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public ValueTask SendAsync(in THeader header, ReadOnlyMemory<byte> body, CancellationToken cancellationToken = default) =>
        _sender.SendAsync(header, body.Span, _route.Only, cancellationToken);

    /// <inheritdoc cref="SendAsync(in THeader, ReadOnlyMemory{byte}, CancellationToken)"/>
    public ValueTask SendAsync(in THeader header, in ReadOnlySequence<byte> body, CancellationToken cancellationToken = default) =>
        _sender.SendAsync(header, body, _route.Only, cancellationToken);

    /// <summary>Sends a frame to a peer.</summary>
    /// <param name="header">The header.</param>
    /// <param name="body">The body; it is copied before the call returns.</param>
    /// <param name="peer">Where it goes.</param>
    /// <param name="cancellationToken">Ends the wait for room; then nothing is sent.</param>
    /// <exception cref="InvalidOperationException">The endpoint is connected to another peer.</exception>
    /// <exception cref="ArgumentException">The peer has no port, or an address of a family that the endpoint cannot reach.</exception>
    /// <inheritdoc cref="SendAsync(in THeader, ReadOnlyMemory{byte}, CancellationToken)"/>
    public ValueTask SendAsync(
        in THeader header, ReadOnlyMemory<byte> body, in DatagramPeer peer, CancellationToken cancellationToken = default) =>
        _sender.SendAsync(header, body.Span, peer, cancellationToken);

    /// <inheritdoc cref="SendAsync(in THeader, ReadOnlyMemory{byte}, in DatagramPeer, CancellationToken)"/>
    public ValueTask SendAsync(
        in THeader header, in ReadOnlySequence<byte> body, in DatagramPeer peer, CancellationToken cancellationToken = default) =>
        _sender.SendAsync(header, body, peer, cancellationToken);

    /// <summary>Sends a frame to the connected peer, if that needs no wait.</summary>
    /// <returns><see langword="false"/> when the system has no room now.</returns>
    /// <inheritdoc cref="SendAsync(in THeader, ReadOnlyMemory{byte}, CancellationToken)"/>
    public bool TrySend(in THeader header, ReadOnlySpan<byte> body) => _sender.TrySend(header, body, _route.Only);

    /// <summary>Sends a frame to a peer, if that needs no wait.</summary>
    /// <returns><see langword="false"/> when the system has no room now.</returns>
    /// <inheritdoc cref="SendAsync(in THeader, ReadOnlyMemory{byte}, in DatagramPeer, CancellationToken)"/>
    public bool TrySend(in THeader header, ReadOnlySpan<byte> body, in DatagramPeer peer) => _sender.TrySend(header, body, peer);

    /// <inheritdoc cref="TrySend(in THeader, ReadOnlySpan{byte}, in DatagramPeer)"/>
    public bool TrySend(in THeader header, in ReadOnlySequence<byte> body, in DatagramPeer peer) => _sender.TrySend(header, body, peer);

    /// <summary>Makes an empty batch for <see cref="SendBatchAsync"/>. Keep and reuse it.</summary>
    /// <returns>The batch.</returns>
    public DatagramBatch<THeader> CreateBatch() => new(_sender, _route, _codec, _options);

    /// <summary>Sends all datagrams of a batch and empties it.</summary>
    /// <param name="batch">A batch of this endpoint; not to be touched until the task ends.</param>
    /// <param name="cancellationToken">Ends the wait for room.</param>
    /// <returns>A task that ends when the system took all datagrams.</returns>
    /// <exception cref="ArgumentException">The batch is another endpoint's.</exception>
    /// <exception cref="FramedSocketException">
    /// The system could not send one. Those after it are still in the batch, and so is it, unless it is itself the trouble: it is too long,
    /// or the endpoint is not connected and its peer cannot be reached.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The endpoint was disposed.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled; the rest is still in the batch.</exception>
    public ValueTask SendBatchAsync(DatagramBatch<THeader> batch, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(batch);
        return batch.BelongsTo(_sender) ? _sender.SendAsync(batch.Outgoing, cancellationToken)
            : throw new ArgumentException("The batch was made by another endpoint.", nameof(batch));
    }

    /// <summary>Begins to receive what is sent to a multicast group. The endpoint is bound to the group's port.</summary>
    /// <param name="group">The group.</param>
    /// <exception cref="ArgumentException">The group's address is of another family than the endpoint's socket.</exception>
    /// <exception cref="SocketException">The system refused, for example an address that is no group's.</exception>
    /// <exception cref="PlatformNotSupportedException">The group has a source, and the system is neither Linux nor Windows.</exception>
    public void Join(MulticastGroup group)
    {
        ArgumentNullException.ThrowIfNull(group);
        Multicasting.Join(Plumbing.Socket, group);
    }

    /// <summary>Ends what <see cref="Join"/> began, with an equal group.</summary>
    /// <inheritdoc cref="Join"/>
    public void Leave(MulticastGroup group)
    {
        ArgumentNullException.ThrowIfNull(group);
        Multicasting.Leave(Plumbing.Socket, group);
    }

    /// <summary>Closes the socket. A pending receive ends, a pending send throws <see cref="ObjectDisposedException"/>. Never waits; idempotent; any thread.</summary>
    /// <returns>A completed task.</returns>
    public ValueTask DisposeAsync()
    {
        if (_reader.TryClose())
        {
            _ = Counters;
            Plumbing.Socket.Dispose();
        }

        return default;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<Datagram<THeader>> ReceiveNextAsync(ValueTask<bool> wait, CancellationToken cancellationToken)
    {
        while (await wait.ConfigureAwait(false))
        {
            if (TryReceive(out var datagram))
            {
                return datagram;
            }

            wait = _reader.WaitAsync(cancellationToken);
        }

        throw new ObjectDisposedException(nameof(UdpDatagramEndpoint));
    }
}
