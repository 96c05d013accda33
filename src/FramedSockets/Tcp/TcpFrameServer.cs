using System.Net;

namespace FramedSockets.Tcp;

/// <summary>Listens, accepts, and gives each connection, or each frame, to a handler.</summary>
/// <typeparam name="THeader">The header's type.</typeparam>
/// <remarks>Thread-safe. It may be started again after it was stopped.</remarks>
public sealed class TcpFrameServer<THeader> : IAsyncDisposable
{
    private readonly object _gate = new();
    private readonly IHeaderCodec<THeader> _codec;
    private readonly ConnectionHandler<THeader> _handler;
    private readonly TcpFrameServerOptions _options;
    private ServerRun<THeader>? _run;
    private Task<ServerStopReport>? _stop;
    private bool _disposed;

    /// <summary>Creates a server that calls a handler for each frame; one connection's frames are handled one after the other.</summary>
    /// <param name="codec">The framing.</param>
    /// <param name="handler">The handler.</param>
    /// <param name="options">The options; <see langword="null"/> for a free port on the loopback address.</param>
    /// <exception cref="ArgumentException">Pings are asked for, and the codec has none.</exception>
    public TcpFrameServer(IHeaderCodec<THeader> codec, FrameHandler<THeader> handler, TcpFrameServerOptions? options = null)
        : this(codec, PerConnection(handler), options)
    {
    }

    /// <summary>Creates a server that calls a handler for each connection, which reads its frames.</summary>
    /// <param name="codec">The framing.</param>
    /// <param name="handler">The handler.</param>
    /// <param name="options">The options; <see langword="null"/> for a free port on the loopback address.</param>
    /// <exception cref="ArgumentException">Pings are asked for, and the codec has none.</exception>
    public TcpFrameServer(IHeaderCodec<THeader> codec, ConnectionHandler<THeader> handler, TcpFrameServerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(codec);
        ArgumentNullException.ThrowIfNull(handler);
        _codec = codec;
        _handler = handler;
        _options = options ?? new();
        _options.Deadlines.Check(codec);
    }

    /// <summary>The address in fact listened on, a port of 0 resolved; <see langword="null"/> while the server does not listen.</summary>
    public EndPoint? LocalEndPoint => _run?.LocalEndPoint;

    /// <summary>The connections open now.</summary>
    public int ConnectionCount => _run?.ConnectionCount ?? 0;

    /// <summary>Binds and begins to accept.</summary>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns>A task that ends when connections are accepted.</returns>
    /// <exception cref="ArgumentException">What <see cref="TcpFrameServerOptions.EndPoint"/> says is no address that can be listened on, such as a name, which has to be resolved first.</exception>
    /// <exception cref="System.Net.Sockets.SocketException">The address cannot be bound; nothing is left behind.</exception>
    /// <exception cref="InvalidOperationException">The server is started already, or its TLS options have no certificate and no callback that chooses one.</exception>
    /// <exception cref="ObjectDisposedException">The server was disposed.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled; nothing is left behind.</exception>
    /// <remarks>The caller's <see cref="ExecutionContext"/> does not reach the handlers: neither <see cref="AsyncLocal{T}"/> nor a current activity.</remarks>
    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        ServerRun<THeader> run;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_run is not null)
            {
                throw new InvalidOperationException("The server is started already.");
            }

            if (_options.Tls is { ServerCertificate: null, ServerCertificateContext: null, ServerCertificateSelectionCallback: null })
            {
                throw new InvalidOperationException("The server's TLS options have no certificate, and no callback that chooses one.");
            }

            _run = run = new(_codec, _handler, _options);
        }

        try
        {
            await run.StartAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            lock (_gate)
            {
                Forget(run);
            }

            throw;
        }
    }

    /// <summary>
    /// Stops: the listener closes at once, frames that have arrived are handled and their replies sent, and connections that
    /// are still open after <see cref="TcpFrameServerOptions.DrainTimeout"/> are aborted. Calls that meet share one stop.
    /// </summary>
    /// <param name="cancellationToken">Ends the patience: what is open is aborted at once.</param>
    /// <returns>Who ended calmly and who was cut. A handler that does not return within a second after its abort is left behind.</returns>
    /// <remarks>
    /// A handler that wants the server to stop begins it and does not wait for it: the stop waits for that handler. Awaited there, it
    /// cuts the handler's own connection after <see cref="TcpFrameServerOptions.DrainTimeout"/>, and ends a second later.
    /// </remarks>
    public async Task<ServerStopReport> StopAsync(CancellationToken cancellationToken = default)
    {
        ServerRun<THeader> run;
        Task<ServerStopReport> stop;
        lock (_gate)
        {
            if (_run is null)
            {
                return ServerStopReport.Empty;
            }

            run = _run;
            stop = _stop ??= StopAsync(run);
        }

        await using (cancellationToken.UnsafeRegister(static run => ((ServerRun<THeader>)run!).EndPatience(), run).ConfigureAwait(false))
        {
            return await stop.ConfigureAwait(false);
        }
    }

    /// <summary>Stops, and cannot be started again. Idempotent.</summary>
    /// <returns>A task that ends when the server has stopped.</returns>
    /// <remarks>Not to be awaited in a handler, as <see cref="StopAsync(CancellationToken)"/>.</remarks>
    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            _disposed = true;
        }

        _ = await StopAsync().ConfigureAwait(false);
    }

    private static ConnectionHandler<THeader> PerConnection(FrameHandler<THeader> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return connection => FrameLoop.RunAsync(connection, handler);
    }

    private async Task<ServerStopReport> StopAsync(ServerRun<THeader> run)
    {
        // Yield first: the caller holds the lock.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            return await run.StopAsync().ConfigureAwait(false);
        }
        finally
        {
            lock (_gate)
            {
                Forget(run);
            }
        }
    }

    /// <summary>Ends a life of the server, unless the next one has begun. Under the lock.</summary>
    private void Forget(ServerRun<THeader> run)
    {
        if (ReferenceEquals(_run, run))
        {
            _run = null;
            _stop = null;
        }
    }
}
