using System.Net;

namespace FramedSockets.Tcp;

/// <summary>One connection of a server, with the task that serves it and the watch over its peer.</summary>
/// <param name="connection">The connection.</param>
/// <param name="transport">Its byte stream.</param>
/// <param name="address">The address it is counted under, if it is.</param>
/// <param name="options">The server's options.</param>
internal sealed class ServedConnection<THeader>(
    FrameConnection<THeader> connection, ITransportConnection transport, IPAddress? address, TcpFrameServerOptions options)
{
    private readonly ConnectionWatch _watch = new(options.Deadlines, transport);
    private readonly long _openedAt = options.Connection.TimeProvider.GetTimestamp();

    public FrameConnection<THeader> Connection => connection;

    /// <summary>The address it is counted under, if it is.</summary>
    public IPAddress? Address => address;

    /// <summary>Ends when the connection is closed and forgotten.</summary>
    public Task Task { get; set; } = Task.CompletedTask;

    /// <summary>The memory it holds, for what was received and for what waits to be sent.</summary>
    public long HeldLength => transport.HeldLength + connection.QueuedLength;

    /// <summary>Looks whether the peer is late, and ends the connection if it is. One caller at a time.</summary>
    /// <param name="elapsed">The time since the last look.</param>
    public void Look(TimeSpan elapsed)
    {
        var age = options.Connection.TimeProvider.GetElapsedTime(_openedAt);
        if (connection.Reason is null && _watch.Look(connection.Reading, connection.Writing, age < elapsed ? age : elapsed) is { } late)
        {
            connection.Break(late);
        }
    }
}
