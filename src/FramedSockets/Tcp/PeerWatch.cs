namespace FramedSockets.Tcp;

/// <summary>Holds the peer of one open connection to the deadlines, since the connection was opened. One caller at a time.</summary>
internal sealed class PeerWatch<THeader>(
    FrameConnection<THeader> connection, ITransportConnection transport, FrameDeadlines deadlines, TimeProvider clock)
{
    private ConnectionWatch _watch = new(deadlines, transport);
    private readonly long _since = clock.GetTimestamp();

    /// <summary>The connection.</summary>
    public FrameConnection<THeader> Connection => connection;

    /// <summary>Whether there is nothing left to look at.</summary>
    public bool IsOver => connection.Completion.IsCompleted && connection.Writing.IsOver;

    /// <summary>Ends the connection with a reason, unless it has one.</summary>
    public void End(FramedSocketException reason) => connection.Break(reason);

    /// <summary>Looks whether the peer is late, and ends the connection if it is; sends a ping where one is due.</summary>
    /// <param name="elapsed">The time since the last look at anybody.</param>
    public void Look(TimeSpan elapsed)
    {
        // Where only reading has failed, what is still sent is held to its rate.
        var writing = connection.Writing;
        if (connection.Reason is not null && writing.IsOver)
        {
            return;
        }

        var age = clock.GetElapsedTime(_since);
        elapsed = age < elapsed ? age : elapsed;
        if (_watch.Look(connection.Reading, writing, elapsed) is { } late)
        {
            connection.Break(late);
        }
        else if (_watch.IsPingDue && connection.Reason is null)
        {
            connection.Channel.Ping();
        }
    }
}
