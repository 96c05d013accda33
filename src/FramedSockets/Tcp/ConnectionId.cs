namespace FramedSockets.Tcp;

/// <summary>Numbers connections: the one counter of the process, so that a log of several servers is not ambiguous.</summary>
internal static class ConnectionId
{
    private static long _last;

    public static long Next() => Interlocked.Increment(ref _last);
}
