using System.Net;

namespace FramedSockets.Tcp;

/// <summary>
/// One connection of a server from its acceptance on, and the watch over its peer. It is handed to the thread pool to be served.
/// </summary>
/// <param name="transport">Its byte stream.</param>
/// <param name="peer">Its peer, or the proxy.</param>
/// <param name="isProxied">Whether it begins with a proxy's header.</param>
/// <param name="server">The connections of the server, which serve this one.</param>
internal sealed class ServedConnection<THeader>(ITransportConnection transport, EndPoint? peer, bool isProxied, ServedConnections<THeader> server)
    : IThreadPoolWorkItem
{
    private readonly ConnectionOpening? _opening = isProxied || server.Options.Tls is not null ? new(transport, peer, isProxied, server.Options) : null;
    private volatile PeerWatch<THeader>? _watch;
    private Task? _handling;

    /// <summary>The connection, once it is open.</summary>
    public FrameConnection<THeader>? Connection => _watch?.Connection;

    /// <summary>Whether it begins with a proxy's header: its peer is not known before.</summary>
    public bool IsProxied => isProxied;

    /// <summary>Whether something has to happen before it is open.</summary>
    public bool HasHandshake => _opening is not null;

    /// <summary>The address it is counted under, if it is.</summary>
    public IPAddress? Address { get; set; }

    /// <summary>The peer that something has to happen with before it is open, as far as it is known.</summary>
    public EndPoint? OpeningPeer => _opening?.Peer;

    /// <summary>Its place among the connections of the server.</summary>
    public int Place { get; set; }

    /// <summary>The memory it holds, for what was received and for what waits to be sent.</summary>
    public long HeldLength => Connection?.HeldLength ?? transport.HeldLength;

    /// <summary>Does what comes before the first frame.</summary>
    /// <param name="check">Asked about a client behind a proxy: why it is refused, if it is.</param>
    /// <returns>The byte stream of the frames.</returns>
    /// <exception cref="FramedSocketException">It was not opened.</exception>
    public Task<ITransportConnection> OpenAsync(Func<EndPoint?, FramedSocketError?> check) => _opening!.RunAsync(check);

    /// <summary>Frames come from now on.</summary>
    public FrameConnection<THeader> Begin(ITransportConnection opened, IHeaderCodec<THeader> codec)
    {
        var options = server.Options;
        var connection = new FrameConnection<THeader>(opened, codec, options.Connection);
        _watch = new(connection, opened, options.Deadlines, options.Connection.TimeProvider);
        if (_opening is not null)
        {
            // Whoever ended the opening just before has seen no connection: either this sees it, or that sees the connection.
            Interlocked.MemoryBarrier();
            if (_opening.Reason is { } reason)
            {
                connection.Break(reason);
            }
        }

        return connection;
    }

    /// <summary>Ends the connection when its handler has ended. Until then nothing else waits here: a task of its own would weigh more.</summary>
    public void EndAfter(Task handling)
    {
        _handling = handling;
        if (handling.IsCompleted)
        {
            OnHandled();
        }
        else
        {
            handling.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(OnHandled);
        }
    }

    /// <summary>Looks whether the peer is late, and ends the connection if it is. One caller at a time.</summary>
    /// <param name="elapsed">The time since the last look.</param>
    public void Look(TimeSpan elapsed)
    {
        if (_watch is { } watch)
        {
            watch.Look(elapsed);
        }
        else
        {
            _opening?.Look(elapsed);
            if (_opening?.Reason is { } reason)
            {
                // It may have been opened just then.
                Connection?.Break(reason);
            }
        }
    }

    /// <summary>Ends it, open or not, at once. Any thread.</summary>
    public void End(FramedSocketException reason)
    {
        if (Connection is { } connection)
        {
            connection.Break(reason);
        }
        else
        {
            _opening?.End(reason);
            Connection?.Break(reason); // as above
        }
    }

    /// <summary>Asks for a calm end; one that is not open yet has nothing to end calmly. Any thread.</summary>
    public void RequestStop()
    {
        if (Connection is { } connection)
        {
            connection.RequestStop();
        }
        else
        {
            _opening?.End(new(FramedSocketError.ConnectionAborted, "The server stopped before the connection was open."));
        }
    }

    /// <summary>Gives back what was never opened.</summary>
    /// <remarks>What TLS has to say about a refusal is still on its way: only an end that nobody reads is a reset.</remarks>
    public Task DiscardAsync(FramedSocketException reason) => transport.TryDiscardAsync(
        reason, saysMore: reason.Error is FramedSocketError.HandshakeFailed or FramedSocketError.CertificateRefused);

    void IThreadPoolWorkItem.Execute() => server.Serve(this);

    private void OnHandled() => _ = server.EndAsync(this, Connection!, _handling!);
}
