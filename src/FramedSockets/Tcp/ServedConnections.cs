using System.Net;
using System.Runtime.ExceptionServices;
using Microsoft.Extensions.Logging;

namespace FramedSockets.Tcp;

/// <summary>The connections of a server, each from its acceptance to its end, and the sweep over all of them.</summary>
/// <param name="codec">The framing.</param>
/// <param name="handler">What handles a connection.</param>
/// <param name="options">The server's options.</param>
/// <param name="meter">What counts connections.</param>
/// <param name="log">What each end is written to.</param>
/// <param name="stopping">Fires when nobody is let in any more.</param>
internal sealed class ServedConnections<THeader>(
    IHeaderCodec<THeader> codec, ConnectionHandler<THeader> handler, TcpFrameServerOptions options, ServerMeter meter, ILogger log, CancellationToken stopping)
{
    private readonly ConnectionTable<ServedConnection<THeader>> _served = new();
    private readonly ConnectionGate _gate = new(options.Admission);
    private readonly ServedSweep<THeader> _sweep = new(new(options.Admission.MaxHeldLength), log);
    private readonly Occasionally _refusals = new(options.Connection.TimeProvider);
    private readonly Occasionally _codecFailures = new(options.Connection.TimeProvider);
    private readonly Occasionally _tlsFailures = new(options.Connection.TimeProvider);
    private volatile TaskCompletionSource? _none;

    /// <summary>The server's options.</summary>
    public TcpFrameServerOptions Options => options;

    /// <summary>How many there are.</summary>
    public int Count => _served.Count;

    /// <summary>Those that there are now.</summary>
    public IEnumerable<ServedConnection<THeader>> All => _served.Walk().Select(served => served.One);

    /// <summary>Serves an accepted connection from now on, or refuses it. One caller at a time.</summary>
    public ValueTask AddAsync(ITransportConnection transport)
    {
        if (stopping.IsCancellationRequested)
        {
            return RefuseAsync(transport, FramedSocketError.ConnectionAborted);
        }

        if (!_gate.TryEnter())
        {
            return RefuseAsync(transport, FramedSocketError.TooManyConnections);
        }

        try
        {
            var peer = transport.RemoteEndPoint;
            var served = new ServedConnection<THeader>(transport, peer, _gate.IsProxy(peer), this);
            if (Admit(served, peer) is { } refusal)
            {
                _gate.Leave();
                return RefuseAsync(transport, refusal);
            }

            Add(served, transport);
            return default;
        }
        catch (Exception e)
        {
            // Memory, or a listener of the meter, failed it: its place is free again.
            _gate.Leave();
            return ThrowAsync(transport, e);
        }
    }

    /// <summary>Opens a connection, if it is not open, and has it handled. Called once for each, on the thread pool.</summary>
    public void Serve(ServedConnection<THeader> served)
    {
        if (served.Connection is { } connection)
        {
            served.EndAfter(HandleAsync(connection));
        }
        else
        {
            _ = OpenAndServeAsync(served);
        }
    }

    /// <summary>Closes a connection whose handler has ended, and forgets it.</summary>
    public async Task EndAsync(ServedConnection<THeader> served, FrameConnection<THeader> connection, Task handling)
    {
        try
        {
            await connection.EndAfterAsync(handling, log, _codecFailures).ConfigureAwait(false);
        }
        finally
        {
            Forget(served, connection.Reason);
        }
    }

    /// <summary>Ends when there are none. Nobody is let in any more.</summary>
    public Task WhenNoneAsync()
    {
        var none = _none = new(TaskCreationOptions.RunContinuationsAsynchronously);
        if (Count == 0)
        {
            _ = none.TrySetResult();
        }

        return none.Task;
    }

    /// <summary>Looks at every connection, once a heartbeat.</summary>
    public void Sweep(TimeSpan elapsed) => _sweep.Look(All, elapsed);

    private void Add(ServedConnection<THeader> served, ITransportConnection transport)
    {
        try
        {
            if (!served.HasHandshake)
            {
                _ = served.Begin(transport, codec);
            }

            meter.CountOpened();
            served.Place = _served.Add(served);
        }
        catch
        {
            _gate.Leave(served.Address);
            if (served.HasHandshake)
            {
                _gate.EndHandshake();
            }

            throw;
        }

        // Whoever accepted it goes on accepting; what flows with him, from whoever started the server, is not the connection's.
        _ = ThreadPool.UnsafeQueueUserWorkItem(served, preferLocal: false);
    }

    /// <summary>Checks what can be known of a peer that has said nothing yet.</summary>
    private FramedSocketError? Admit(ServedConnection<THeader> served, EndPoint? peer)
    {
        if (!served.IsProxied && CheckPeer(served, peer) is { } refusal)
        {
            return refusal;
        }

        if (!served.HasHandshake || _gate.TryBeginHandshake())
        {
            return null;
        }

        _gate.Leave(served.Address);
        return FramedSocketError.TooManyConnections;
    }

    private FramedSocketError? CheckPeer(ServedConnection<THeader> served, EndPoint? peer)
    {
        var refusal = _gate.Check(peer, out var address);
        served.Address = address;
        return refusal;
    }

    private static async ValueTask ThrowAsync(ITransportConnection transport, Exception exception)
    {
        await transport.TryDiscardAsync(exception).ConfigureAwait(false);
        ExceptionDispatchInfo.Throw(exception);
    }

    private async ValueTask RefuseAsync(ITransportConnection transport, FramedSocketError reason)
    {
        try
        {
            meter.CountRefused(reason);
            if (_refusals.ShouldSpeak(out var count))
            {
                log.Refused(transport.TryGetPeer(), reason, count);
            }
        }
        finally
        {
            await transport.TryDiscardAsync(new FramedSocketException(reason, "The connection was refused.")).ConfigureAwait(false);
        }
    }

    private async Task OpenAndServeAsync(ServedConnection<THeader> served)
    {
        FrameConnection<THeader>? connection = null;
        FramedSocketException? refusal = null;
        try
        {
            connection = await OpenAsync(served).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            refusal = e as FramedSocketException ?? new(FramedSocketError.TransportFailed, $"Opening the connection failed with {e.GetType().Name}.", e);
            await served.DiscardAsync(refusal).ConfigureAwait(false);
            log.NotOpened(served.OpeningPeer, refusal.Error, refusal.Message);
            if (refusal is { IsOfThisSide: true, InnerException: { } thrown } && _tlsFailures.ShouldSpeak(out var count))
            {
                log.TlsFailed(count, served.OpeningPeer, thrown);
            }
        }
        finally
        {
            if (connection is null)
            {
                Forget(served, refusal);
            }
        }

        if (connection is not null)
        {
            served.EndAfter(HandleAsync(connection));
        }
    }

    private async Task<FrameConnection<THeader>> OpenAsync(ServedConnection<THeader> served)
    {
        ITransportConnection opened;
        try
        {
            opened = await served.OpenAsync(client => CheckPeer(served, client)).ConfigureAwait(false);
        }
        finally
        {
            _gate.EndHandshake();
        }

        var connection = served.Begin(opened, codec);
        if (stopping.IsCancellationRequested)
        {
            connection.RequestStop();
        }

        return connection;
    }

    /// <summary>Calls the handler; what it throws at once is as good as what its task carries.</summary>
    private Task HandleAsync(FrameConnection<THeader> connection)
    {
        try
        {
            log.Opened(connection.Id, connection.Peer);
            return handler(connection) ?? throw new InvalidOperationException("The handler returned null instead of a task.");
        }
        catch (Exception e)
        {
            return Task.FromException(e);
        }
    }

    /// <summary>Whatever a transport did as it closed, the place is free again.</summary>
    private void Forget(ServedConnection<THeader> served, FramedSocketException? reason)
    {
        _gate.Leave(served.Address);
        _gate.Leave();
        try
        {
            meter.CountEnded(reason?.Error);
        }
        finally
        {
            _served.Remove(served.Place);
            if (_none is { } none && Count == 0)
            {
                _ = none.TrySetResult();
            }
        }
    }
}
