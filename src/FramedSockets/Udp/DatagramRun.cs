using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;

namespace FramedSockets.Udp;

/// <summary>Calls a handler for each frame, one after the other or, behind a bounded queue, several at a time.</summary>
internal sealed class DatagramRun<THeader>
{
    private static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);

    private readonly UdpDatagramEndpoint<THeader> _endpoint;
    private readonly DatagramReader<THeader> _reader;
    private readonly DatagramHandler<THeader> _handler;
    private readonly DatagramHandlingOptions _options;
    private readonly ILogger _log;
    private readonly Occasionally _codecFailures;

    public DatagramRun(
        UdpDatagramEndpoint<THeader> endpoint, DatagramReader<THeader> reader, DatagramHandler<THeader> handler, DatagramHandlingOptions options)
    {
        _endpoint = endpoint;
        _reader = reader;
        _handler = handler;
        _options = options;
        _log = SafeLogger.Create(options.LoggerFactory, "FramedSockets.Udp.UdpDatagramEndpoint");
        _codecFailures = new(options.TimeProvider);
    }

    public async Task RunAsync(
        Func<DatagramParser<THeader>> createParser, UdpDatagramOptions endpointOptions, DatagramStatistics statistics, CancellationToken cancellationToken)
    {
        _reader.CodecThrew = thrown => SayThrown(thrown, _reader.Peer);
        try
        {
            var run = _options is { Receivers: 1, WhenFull: DatagramQueueFull.Wait }
                ? RunInTurnAsync(cancellationToken)
                : RunQueuedAsync(new(_options, endpointOptions.Pool, statistics), createParser, cancellationToken);
            await run.ConfigureAwait(false);
        }
        finally
        {
            _reader.CodecThrew = null;
        }
    }

    /// <summary>Without a queue of its own: while the handler works, datagrams wait in the system's receive buffer.</summary>
    private async Task RunInTurnAsync(CancellationToken cancellationToken)
    {
        // What was received before, and not read, comes first.
        do
        {
            while (MayTake(cancellationToken) && _reader.TryRead(out var frame, out var peer))
            {
                await HandleAsync(new(_endpoint, frame, peer)).ConfigureAwait(false);
                _reader.EndFrame();
            }
        }
        while (await ReceiveAsync(cancellationToken).ConfigureAwait(false));
    }

    private async Task RunQueuedAsync(
        DatagramQueue queue, Func<DatagramParser<THeader>> createParser, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _reader.EndFrame();
        while (MayTake(cancellationToken) && _reader.HasRest && _reader.TryRead(out var frame, out var peer))
        {
            await HandleAsync(new(_endpoint, frame, peer)).ConfigureAwait(false);
            _reader.EndFrame();
        }

        var receivers = new Task[_options.Receivers];
        for (var i = 0; i < receivers.Length; i++)
        {
            receivers[i] = WorkAsync(queue, createParser());
        }

        try
        {
            do
            {
                while (MayTake(cancellationToken) && _reader.TryTakeWhole(out var datagram))
                {
                    await queue.AddAsync(datagram, _reader.Peer, cancellationToken).ConfigureAwait(false);
                }
            }
            while (await ReceiveAsync(cancellationToken).ConfigureAwait(false));
        }
        finally
        {
            queue.Complete();
            await Task.WhenAll(receivers).ConfigureAwait(false);
        }
    }

    private async Task WorkAsync(DatagramQueue queue, DatagramParser<THeader> parser)
    {
        var lease = new FrameLease(queue.Pool);
        var waiter = new DatagramWaiter();
        while (await queue.TakeAsync(waiter).ConfigureAwait(false))
        {
            var (queued, datagram) = (waiter.Datagram, waiter.Datagram.Datagram);
            try
            {
                if (!parser.TryParse(datagram) && parser.Thrown is { } thrown)
                {
                    SayThrown(thrown, queued.Peer);
                }

                for (var i = 0; i < parser.Count; i++)
                {
                    var parsed = parser.Frames[i];
                    var frame = new Frame<THeader>(parsed.Header, lease, lease.Lend(datagram.Array, parsed.Offset, parsed.Length));
                    await HandleAsync(new(_endpoint, frame, queued.Peer)).ConfigureAwait(false);
                }
            }
            finally
            {
                lease.Revoke();
                queue.Release(queued);
            }
        }
    }

    /// <summary>Whether the run goes on. What one receive gave and was not taken stays for whoever receives next.</summary>
    private bool MayTake(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return !_reader.IsClosed;
    }

    /// <summary>A peer's bytes may be what makes the codec throw, at any rate.</summary>
    private void SayThrown(Exception thrown, in DatagramPeer peer)
    {
        if (_codecFailures.ShouldSpeak(out var count))
        {
            _log.CodecFailed(count, peer, new(thrown));
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask HandleAsync(Datagram<THeader> datagram)
    {
        try
        {
            await _handler(datagram).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            _log.HandlerFailed(datagram.Peer, e);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> ReceiveAsync(CancellationToken cancellationToken)
    {
        var wait = ShortestWait;
        while (true)
        {
            try
            {
                return await _reader.FillAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (FramedSocketException e)
            {
                _log.ReceiveFailed(wait, e);
            }

            // A disposal ends the pause, whatever the clock does.
            await _reader.Closed.WaitAsync(wait, _options.TimeProvider, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
            wait = TimeSpan.FromTicks(Math.Min(2 * wait.Ticks, LongestWait.Ticks));
        }
    }
}
