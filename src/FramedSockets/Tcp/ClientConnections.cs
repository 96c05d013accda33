namespace FramedSockets.Tcp;

/// <summary>The connections of a client that have deadlines, and the sweep over them, which runs while there are any. Thread-safe.</summary>
internal sealed class ClientConnections<THeader>(FrameDeadlines deadlines, TimeProvider clock)
{
    private readonly object _gate = new();
    private readonly ConnectionTable<PeerWatch<THeader>> _watched = new();
    private Heartbeat? _heartbeat;

    /// <summary>Looks at a connection from now on, until it ends.</summary>
    public void Add(FrameConnection<THeader> connection, ITransportConnection transport)
    {
        if (deadlines.AreOff)
        {
            return;
        }

        lock (_gate)
        {
            _ = _watched.Add(new(connection, transport, deadlines, clock));
            _heartbeat ??= new(clock, Sweep);
        }
    }

    private void Sweep(TimeSpan elapsed)
    {
        foreach (var (place, watch) in _watched.Walk())
        {
            Look(watch, elapsed);
            if (watch.IsOver)
            {
                _watched.Remove(place);
            }
        }

        lock (_gate)
        {
            if (_watched.Count == 0)
            {
                _heartbeat?.Dispose();
                _heartbeat = null;
            }
        }
    }

    private static void Look(PeerWatch<THeader> watch, TimeSpan elapsed)
    {
        try
        {
            watch.Look(elapsed);
        }
        catch (Exception e)
        {
            // A transport of one's own may throw: here nobody else is there to be told.
            watch.End(new(FramedSocketError.TransportFailed, $"The transport failed with {e.GetType().Name}.", e));
        }
    }
}
