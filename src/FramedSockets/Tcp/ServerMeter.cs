using System.Diagnostics.Metrics;
using System.Net;

namespace FramedSockets.Tcp;

/// <summary>
/// What one server counts, on the process's meter <c>FramedSockets</c>: connections, never frames, so that a frame pays nothing.
/// Thread-safe.
/// </summary>
internal sealed class ServerMeter(EndPoint endPoint)
{
    private static readonly Meter Meter = new("FramedSockets");
    private static readonly UpDownCounter<long> ActiveConnections = Meter.CreateUpDownCounter<long>(
        "framedsockets.server.connections.active", "{connection}", "The connections open now.");

    private static readonly Counter<long> EndedConnections = Meter.CreateCounter<long>(
        "framedsockets.server.connections.ended", "{connection}", "The connections that ended, by reason.");

    private static readonly Counter<long> RefusedConnections = Meter.CreateCounter<long>(
        "framedsockets.server.connections.refused", "{connection}", "The connections that were closed before they were served, by reason.");

    private static readonly Counter<long> FailedAccepts = Meter.CreateCounter<long>(
        "framedsockets.server.accepts.failed", "{accept}", "The accepts that failed, by reason.");

    private readonly KeyValuePair<string, object?> _server = new("server.endpoint", endPoint.ToString());

    public void CountOpened() => ActiveConnections.Add(1, _server);

    /// <summary>Counts the end of a connection.</summary>
    /// <param name="reason">Why it failed; <see langword="null"/> for a clean end.</param>
    public void CountEnded(FramedSocketError? reason)
    {
        ActiveConnections.Add(-1, _server);
        EndedConnections.Add(1, _server, Reason(reason?.ToString() ?? "None"));
    }

    public void CountRefused(FramedSocketError reason) => RefusedConnections.Add(1, _server, Reason(reason.ToString()));

    public void CountFailedAccept(string reason) => FailedAccepts.Add(1, _server, Reason(reason));

    private static KeyValuePair<string, object?> Reason(string reason) => new("reason", reason);
}
