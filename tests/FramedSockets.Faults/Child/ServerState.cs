namespace FramedSockets.Faults.Child;

/// <summary>What a server process holds.</summary>
/// <param name="Connections">The connections open.</param>
/// <param name="Begun">The handlers that were ever called.</param>
/// <param name="Over">The handlers that have returned.</param>
/// <param name="Frames">The frames that handlers were given.</param>
/// <param name="Managed">Bytes of the managed heap.</param>
/// <param name="Resident">Bytes of memory, of every kind.</param>
/// <param name="Threads">The threads.</param>
/// <param name="Descriptors">The files open.</param>
/// <param name="CpuMilliseconds">The time of all cores, since its start.</param>
internal sealed record ServerState(
    int Connections, long Begun, long Over, long Frames, long Managed, long Resident, int Threads, int Descriptors, double CpuMilliseconds)
{
    /// <summary>What is here and was not there.</summary>
    public static ServerState operator -(ServerState after, ServerState before) => new(
        after.Connections - before.Connections,
        after.Begun - before.Begun,
        after.Over - before.Over,
        after.Frames - before.Frames,
        after.Managed - before.Managed,
        after.Resident - before.Resident,
        after.Threads - before.Threads,
        after.Descriptors - before.Descriptors,
        after.CpuMilliseconds - before.CpuMilliseconds);
}
