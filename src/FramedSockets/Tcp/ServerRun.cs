using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace FramedSockets.Tcp;

/// <summary>One life of a server, from start to stop: the listener, the accept loop and the connections.</summary>
internal sealed class ServerRun<THeader>(IHeaderCodec<THeader> codec, ConnectionHandler<THeader> handler, TcpFrameServerOptions options)
{
    private static readonly TimeSpan AfterAbort = TimeSpan.FromSeconds(1);
    private readonly ILogger _log = options.LoggerFactory.CreateLogger("FramedSockets.Tcp.TcpFrameServer");
    private readonly ConcurrentDictionary<long, Served> _served = new();
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _impatient = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ITransportListener? _listener;
    private Task _accepting = Task.CompletedTask;
    private volatile bool _stopping;
    private int _count;

    public EndPoint? LocalEndPoint => _listener?.EndPoint;

    public int ConnectionCount => Volatile.Read(ref _count);

    private TimeProvider Clock => options.Connection.TimeProvider;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            _listener = await options.Transport.ListenAsync(options.EndPoint, cancellationToken).ConfigureAwait(false);
            _log.Listening(_listener.EndPoint);
            _accepting = AcceptAsync(_listener);
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

        _stopping = true;
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

    private async Task AcceptAsync(ITransportListener listener)
    {
        var backOff = new AcceptBackOff(Clock);
        while (true)
        {
            try
            {
                var transport = await listener.AcceptAsync().ConfigureAwait(false);
                if (transport is null)
                {
                    return;
                }

                backOff.Reset();
                await AddAsync(transport).ConfigureAwait(false);
            }
            catch (Exception e)
            {
                // A transport of one's own may throw anything; one bad accept must not end the loop.
                if (backOff.ShouldLog())
                {
                    _log.AcceptFailed(listener.EndPoint, (e as SocketException)?.SocketErrorCode.ToString() ?? e.GetType().Name);
                }

                await backOff.WaitAsync(() => _stopping).ConfigureAwait(false);
            }
        }
    }

    private async Task AddAsync(ITransportConnection transport)
    {
        if (_stopping || ConnectionCount >= options.MaxConnections)
        {
            _log.Refused(transport.RemoteEndPoint, options.MaxConnections);
            transport.Abort();
            await transport.DisposeAsync().ConfigureAwait(false);
            return;
        }

        var connection = new FrameConnection<THeader>(transport, codec, options.Connection);
        _ = Interlocked.Increment(ref _count);
        var served = new Served(connection);
        _served[connection.Id] = served;
        served.Task = Task.Run(() => ServeAsync(connection));
    }

    private async Task ServeAsync(FrameConnection<THeader> connection)
    {
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
            _ = Interlocked.Decrement(ref _count);
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

    private sealed class Served(FrameConnection<THeader> connection)
    {
        public FrameConnection<THeader> Connection => connection;

        public Task Task { get; set; } = Task.CompletedTask;
    }
}
