namespace FramedSockets.Tcp;

/// <summary>How a server stopped.</summary>
/// <param name="Drained">The connections that were not cut; those among them that were still shaking hands, which are reset at once.</param>
/// <param name="Cut">The connections that were aborted, in the order of their numbers; empty after a calm stop.</param>
public sealed record ServerStopReport(int Drained, IReadOnlyList<CutConnection> Cut)
{
    /// <summary>The report of a server that had no connection.</summary>
    internal static ServerStopReport Empty { get; } = new(0, []);

    /// <summary>Says it in a sentence.</summary>
    /// <returns>The numbers of both.</returns>
    public override string ToString() => $"Of the connections, {Drained} ended by themselves and {Cut.Count} had to be cut.";
}
