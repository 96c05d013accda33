using System.Net.Sockets;
using System.Runtime.CompilerServices;
using FramedSockets.Framing;

namespace FramedSockets.Udp;

/// <summary>Hands out the frames of received datagrams, one at a time, in the receive buffer. One caller at a time.</summary>
internal sealed class DatagramReader<THeader>(
    IDatagramSource source, IHeaderCodec<THeader> codec, UdpDatagramOptions options, DatagramStatistics statistics, bool isConnected)
{
    /// <summary>How many receives may end at once, one after the other, before others have the thread.</summary>
    private const int MostInARow = 64;

    private readonly DatagramParser<THeader> _parser = new(codec, options);
    private readonly FrameLease _lease = new(options.Pool);
    private readonly ReadGate _gate = new(typeof(UdpDatagramEndpoint<THeader>));
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ArrivedDatagram _datagram;
    private int _next;
    private int _inARow;

    public bool IsClosed => _gate.IsClosed;

    /// <summary>Ends when reading has ended.</summary>
    public Task Closed => _closed.Task;

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
        peer = source.Peer;
        return true;
    }

    /// <summary>Told what the codec threw at a datagram, of which others learn only that it was malformed.</summary>
    public Action<Exception>? CodecThrew { get; set; }

    /// <summary>Who sent the datagram that was taken last.</summary>
    public ref readonly DatagramPeer Peer => ref source.Peer;

    /// <summary>Whether frames of a datagram were not read that was counted as received.</summary>
    public bool HasRest => _next < _parser.Count;

    /// <summary>Takes the next well-formed datagram, whole, of which no frame is then left to be read here.</summary>
    public bool TryTakeWhole(out ArrivedDatagram datagram)
    {
        var isThere = TryTake(out datagram);
        _next = _parser.Count;
        return isThere;
    }

    /// <summary>Makes the frame that is lent stale.</summary>
    public void EndFrame() => _lease.Revoke();

    /// <summary>Lets one caller in, who then receives by <see cref="FillAsync"/>; <see langword="false"/> when reading has ended.</summary>
    /// <exception cref="InvalidOperationException">Another call is reading.</exception>
    public bool TryEnter()
    {
        try
        {
            if (!_gate.IsClosed)
            {
                _gate.Enter();
                return true;
            }
        }
        catch (ObjectDisposedException)
        {
            // It was closed between the two.
        }

        return false;
    }

    /// <summary>Lets the next caller in.</summary>
    public void Exit() => _gate.Exit();

    /// <summary>Ends reading; <see langword="false"/> where it had ended.</summary>
    public bool TryClose()
    {
        var isFirst = !_gate.IsClosed;
        _ = _gate.Close();
        _ = _closed.TrySetResult();
        return isFirst;
    }

    /// <summary>Waits until a frame is there; <see langword="false"/> when the socket was closed. Ends the frame before.</summary>
    /// <exception cref="FramedSocketException">The receive failed; it may be repeated.</exception>
    /// <exception cref="InvalidOperationException">Another call is reading.</exception>
    public ValueTask<bool> WaitAsync(CancellationToken cancellationToken)
    {
        if (!TryEnter())
        {
            return new(false);
        }

        _lease.Revoke();
        if (cancellationToken.IsCancellationRequested)
        {
            _gate.Exit();
            return ValueTask.FromCanceled<bool>(cancellationToken);
        }

        ValueTask<SocketError> receive;
        try
        {
            receive = ReceiveUntilReadyAsync(cancellationToken);
        }
        catch
        {
            _gate.Exit();
            throw;
        }

        if (!receive.IsCompletedSuccessfully)
        {
            return FinishWaitAsync(receive, cancellationToken);
        }

        var error = receive.Result;
        if (error != SocketError.Success)
        {
            return FinishWaitAsync(new(error), cancellationToken);
        }

        _gate.Exit();
        return new(true);
    }

    /// <summary>Receives until there is at least one datagram, well-formed or not; <see langword="false"/> when the socket was closed.</summary>
    /// <exception cref="FramedSocketException">The receive failed; it may be repeated.</exception>
    public ValueTask<bool> FillAsync(CancellationToken cancellationToken) =>
        FinishFillAsync(ReceiveInTurnAsync(cancellationToken), cancellationToken);

    /// <summary>Receives until a frame is there, as long as no receive has to wait or fails: such a one is given back.</summary>
    private ValueTask<SocketError> ReceiveUntilReadyAsync(CancellationToken cancellationToken)
    {
        for (var isFirst = true; !IsReady(); isFirst = false)
        {
            // Whoever asks for each datagram has the thread between them; what is malformed he never sees.
            var receive = isFirst ? source.ReceiveAsync(cancellationToken) : ReceiveInTurnAsync(cancellationToken);
            if (!receive.IsCompletedSuccessfully)
            {
                return receive;
            }

            var error = receive.Result;
            if (error != SocketError.Success)
            {
                return new(error);
            }
        }

        return new(SocketError.Success);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> FinishWaitAsync(ValueTask<SocketError> receive, CancellationToken cancellationToken)
    {
        try
        {
            while (await FinishFillAsync(receive, cancellationToken).ConfigureAwait(false))
            {
                if (IsReady())
                {
                    return !_gate.IsClosed;
                }

                receive = ReceiveInTurnAsync(cancellationToken);
            }

            return false;
        }
        finally
        {
            _gate.Exit();
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> FinishFillAsync(ValueTask<SocketError> receive, CancellationToken cancellationToken)
    {
        var isAgain = false;
        while (true)
        {
            var error = await receive.ConfigureAwait(false);
            if (error == SocketError.Success || _gate.IsClosed)
            {
                // A socket that is being closed may give any error.
                return error == SocketError.Success;
            }

            if (DatagramFailure.IsRefusal(error))
            {
                statistics.CountRefused();
            }
            else if (!(DatagramFailure.IsOfThePath(error) || (isConnected && !isAgain && DatagramFailure.IsUnnamed(error))))
            {
                throw DatagramFailure.ToException(error, "Receiving");
            }

            // Told of a datagram that was sent: that nobody took it, or that the path did not.
            receive = ReceiveInTurnAsync(cancellationToken);
            isAgain = receive.IsCompleted && DatagramFailure.IsUnnamed(error);
        }
    }

    /// <summary>Receives; now and then behind whatever else waits for a thread, lest a flood keeps this one.</summary>
    private ValueTask<SocketError> ReceiveInTurnAsync(CancellationToken cancellationToken)
    {
        var receive = source.ReceiveAsync(cancellationToken);
        _inARow = receive.IsCompleted ? _inARow + 1 : 0;
        return _inARow < MostInARow ? receive : LetOthersAsync(receive);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<SocketError> LetOthersAsync(ValueTask<SocketError> receive)
    {
        _inARow = 0;
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        return await receive.ConfigureAwait(false);
    }

    private bool IsReady() => HasRest || TryParseNext();

    /// <summary>Takes the next well-formed datagram, and counts those that are not.</summary>
    private bool TryTake(out ArrivedDatagram datagram)
    {
        while (source.TryTake(out datagram))
        {
            if (_parser.TryParse(datagram))
            {
                return true;
            }

            if (_parser.Thrown is { } thrown)
            {
                CodecThrew?.Invoke(thrown);
            }

            statistics.CountMalformed();
        }

        return false;
    }

    private bool TryParseNext()
    {
        if (!TryTake(out _datagram))
        {
            return false;
        }

        _next = 0;
        statistics.CountReceived();
        return true;
    }
}
