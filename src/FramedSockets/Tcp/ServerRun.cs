using System.Collections.Concurrent;
using System.Net;
using Microsoft.Extensions.Logging;

namespace FramedSockets.Tcp;

/// <summary>One life of a server, from start to stop: the listener, the accept loop, the connections and the sweep over them.</summary>
#pragma warning disable CA1001 // stopping disposes the heartbeat; without a timer the token source holds nothing
internal sealed class ServerRun<THeader>(IHeaderCodec<THeader> codec, ConnectionHandler<THeader> handler, TcpFrameServerOptions options)
#pragma warning restore CA1001
{
    private static readonly TimeSpan AfterAbort = TimeSpan.FromSeconds(1);
    private readonly ILogger _log = options.LoggerFactory.CreateLogger("FramedSockets.Tcp.TcpFrameServer");
    private readonly ConcurrentDictionary<long, ServedConnection<THeader>> _served = new();
    private readonly ConnectionGate _gate = new(options.Admission);
    private readonly MemoryBudget _budget = new(options.Admission.MaxHeldLength);
    private readonly Occasionally _refusals = new(options.Connection.TimeProvider);
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _impatient = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _stopping = new();
    private ITransportListener? _listener;
    private ServerMeter? _meter;
    private Heartbeat? _heartbeat;
    private Task _accepting = Task.CompletedTask;

    public EndPoint? LocalEndPoint => _listener?.EndPoint;

    public int ConnectionCount => _gate.Count;

    private TimeProvider Clock => options.Connection.TimeProvider;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            _listener = await options.Transport.ListenAsync(options.EndPoint, cancellationToken).ConfigureAwait(false);
            _log.Listening(_listener.EndPoint);
            _meter = new(_listener.EndPoint);
            _heartbeat = new(Clock, Sweep);
            _accepting = new AcceptLoop(_listener, AddAsync, Clock, _meter, _log).RunAsync(_stopping.Token);
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
        if (_listener is null)
        {
            return ServerStopReport.Empty;
        }

        await _stopping.CancelAsync().ConfigureAwait(false);
        await _listener.DisposeAsync().ConfigureAwait(false);
        await _accepting.ConfigureAwait(false);

        var served = _served.Values.ToArray();
        foreach (var one in served)
        {
            one.Connection.RequestStop();
        }

        var all = Task.WhenAll(served.Select(one => one.Task));
        await WaitAsync(all, options.DrainTimeout).ConfigureAwait(false);
        var cut = await CutAsync(all).ConfigureAwait(false);
        _heartbeat?.Dispose();
        _log.Stopped(_listener.EndPoint, served.Length - cut.Count, cut.Count);
        return new(served.Length - cut.Count, cut);
    }

    private async Task<IReadOnlyList<CutConnection>> CutAsync(Task all)
    {
        if (all.IsCompleted)
        {
            return [];
        }

        var cut = new List<CutConnection>();
        foreach (var one in _served.Values.OrderBy(one => one.Connection.Id))
        {
            var connection = one.Connection;
            cut.Add(new(connection.Id, connection.RemoteEndPoint, connection.QueuedLength));
            _log.Cut(connection.Id, connection.RemoteEndPoint, connection.QueuedLength);
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

    /// <summary>Looks at every connection, once a heartbeat.</summary>
    private void Sweep(TimeSpan elapsed)
    {
        var held = 0L;
        foreach (var (id, one) in _served)
        {
            try
            {
                one.Look(elapsed);
                held += one.HeldLength;
            }
            catch (Exception e)
            {
                // A transport of one's own may throw; the others are looked at all the same.
                _log.SweepFailed(id, e);
            }
        }

        _budget.Enforce(held, _served);
    }

    private async ValueTask AddAsync(ITransportConnection transport)
    {
        if (_stopping.IsCancellationRequested)
        {
            await RefuseAsync(transport, FramedSocketError.ConnectionAborted).ConfigureAwait(false);
            return;
        }

        if (!_gate.TryEnter())
        {
            await RefuseAsync(transport, FramedSocketError.TooManyConnections).ConfigureAwait(false);
            return;
        }

        if (!_gate.TryEnter(transport.RemoteEndPoint, out var address))
        {
            _gate.Leave();
            await RefuseAsync(transport, FramedSocketError.TooManyConnections).ConfigureAwait(false);
            return;
        }

        _meter!.CountOpened();
        var connection = new FrameConnection<THeader>(transport, codec, options.Connection);
        var served = new ServedConnection<THeader>(connection, transport, address, options);
        _served[connection.Id] = served;
        served.Task = Task.Run(() => ServeAsync(served));
    }

    private async ValueTask RefuseAsync(ITransportConnection transport, FramedSocketError reason)
    {
        _meter!.CountRefused(reason);
        if (_refusals.ShouldSpeak(out var count))
        {
            _log.Refused(transport.RemoteEndPoint, reason, count);
        }

        transport.Abort();
        await transport.DisposeAsync().ConfigureAwait(false);
    }

    private async Task ServeAsync(ServedConnection<THeader> served)
    {
        var connection = served.Connection;
        _log.Opened(connection.Id, connection.RemoteEndPoint);
        try
        {
            await handler(connection).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            EndWith(connection, e);
        }

        try
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            LogEnd(connection);
        }
        finally
        {
            // Whatever a transport does as it closes, the place is free again.
            _ = _served.TryRemove(connection.Id, out _);
            _gate.Leave(served.Address);
            _gate.Leave();
            _meter!.CountEnded(connection.Reason?.Error);
        }
    }

    /// <summary>An exception of the handler ends the connection, unless it only passes on why the connection ended.</summary>
    private void EndWith(FrameConnection<THeader> connection, Exception exception)
    {
        if (connection.Reason is null)
        {
            _log.HandlerFailed(connection.Id, exception);
            connection.Abort(exception);
        }
    }

    private void LogEnd(FrameConnection<THeader> connection)
    {
        if (connection.Reason is { } reason)
        {
            _log.Failed(connection.Id, connection.RemoteEndPoint, reason.Error, reason.Message);
        }
        else
        {
            _log.Closed(connection.Id);
        }
    }
}
