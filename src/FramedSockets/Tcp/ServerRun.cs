using System.Net;
using Microsoft.Extensions.Logging;

namespace FramedSockets.Tcp;

/// <summary>One life of a server, from start to stop: the listener, the accept loop, the connections and the sweep over them.</summary>
#pragma warning disable CA1001 // stopping disposes the heartbeat; without a timer the token source holds nothing
internal sealed class ServerRun<THeader>(IHeaderCodec<THeader> codec, ConnectionHandler<THeader> handler, TcpFrameServerOptions options)
#pragma warning restore CA1001
{
    private static readonly TimeSpan AfterAbort = TimeSpan.FromSeconds(1);
    private readonly ILogger _log = SafeLogger.Create(options.LoggerFactory, "FramedSockets.Tcp.TcpFrameServer");
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _impatient = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _stopping = new();
    private ITransportListener? _listener;
    private EndPoint? _endPoint;
    private ServedConnections<THeader>? _connections;
    private Heartbeat? _heartbeat;
    private Task _accepting = Task.CompletedTask;

    public EndPoint? LocalEndPoint => _stopping.IsCancellationRequested ? null : _endPoint;

    public int ConnectionCount => _connections?.Count ?? 0;

    private TimeProvider Clock => options.Connection.TimeProvider;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            _listener = await options.Transport.ListenAsync(options.EndPoint, cancellationToken).ConfigureAwait(false);
            _endPoint = _listener.EndPoint;
            _log.Listening(_endPoint);
            var meter = new ServerMeter(_endPoint);
            var connections = _connections = new(codec, handler, options, meter, _log, _stopping.Token);
            _heartbeat = new(Clock, connections.Sweep);
            _accepting = new AcceptLoop(_listener, connections.AddAsync, Clock, meter, _log).RunAsync(_stopping.Token);
        }
        catch when (_listener is not null)
        {
            _heartbeat?.Dispose();
            _ = await TryCloseAsync(_listener).ConfigureAwait(false);
            _listener = null;
            _endPoint = null;
            throw;
        }
        finally
        {
            _started.SetResult();
        }
    }

    /// <summary>Makes a stop that is under way abort what is open.</summary>
    public void EndPatience() => _ = _impatient.TrySetResult();

    public async Task<ServerStopReport> StopAsync()
    {
        await _started.Task.ConfigureAwait(false);
        if (_listener is null || _connections is null)
        {
            return ServerStopReport.Empty;
        }

        await _stopping.CancelAsync().ConfigureAwait(false);
        if (await TryCloseAsync(_listener).ConfigureAwait(false))
        {
            // However it ended, the connections are still to be.
            await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        var served = _connections.All.ToArray();
        foreach (var one in served)
        {
            one.RequestStop();
        }

        var all = _connections.WhenNoneAsync();
        await WaitAsync(all, options.DrainTimeout).ConfigureAwait(false);
        var cut = await CutAsync(_connections, all).ConfigureAwait(false);
        _heartbeat?.Dispose();
        _log.Stopped(_endPoint, served.Length - cut.Count, cut.Count);
        return new(served.Length - cut.Count, cut);
    }

    /// <summary>Whatever a transport of one's own throws here, and goes on accepting for, the connections are still to be ended.</summary>
    private async Task<bool> TryCloseAsync(ITransportListener listener)
    {
        try
        {
            await listener.DisposeAsync().ConfigureAwait(false);
            return true;
        }
        catch (Exception e)
        {
            _log.ListenerFailed(_endPoint, e);
            return false;
        }
    }

    private async Task<IReadOnlyList<CutConnection>> CutAsync(ServedConnections<THeader> connections, Task all)
    {
        if (all.IsCompleted)
        {
            return [];
        }

        var cut = new List<CutConnection>();
        foreach (var connection in connections.All.Select(one => one.Connection).OfType<FrameConnection<THeader>>().OrderBy(one => one.Id))
        {
            var late = new CutConnection(connection.Id, connection.Peer, connection.Channel.QueuedLength);
            cut.Add(late);
            _log.Cut(late.Id, late.RemoteEndPoint, late.PendingLength);
            connection.Abort();
        }

        _ = await Task.WhenAny(all, Task.Delay(AfterAbort, Clock)).ConfigureAwait(false);
        return cut;
    }

    private async Task WaitAsync(Task all, TimeSpan atMost)
    {
        using var late = new CancellationTokenSource();
        _ = await Task.WhenAny(all, _impatient.Task, Task.Delay(atMost, Clock, late.Token)).ConfigureAwait(false);
        await late.CancelAsync().ConfigureAwait(false);
    }
}
