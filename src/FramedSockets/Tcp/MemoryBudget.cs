namespace FramedSockets.Tcp;

/// <summary>Holds what all connections keep in memory to a budget, by ending those that keep most.</summary>
/// <param name="most">Bytes; <see langword="null"/> for a quarter of the memory that the process may use.</param>
internal sealed class MemoryBudget(long? most)
{
    private readonly long _most = most ?? (GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4);

    /// <summary>Ends connections, the largest first, until the rest fits.</summary>
    /// <param name="connections">All connections, and what each holds.</param>
    public void Enforce<THeader>(IReadOnlyCollection<(ServedConnection<THeader> One, long Held)> connections)
    {
        var total = connections.Sum(pair => pair.Held);
        if (total <= _most)
        {
            return;
        }

        foreach (var (one, held) in connections.OrderByDescending(pair => pair.Held))
        {
            one.End(new(
                FramedSocketError.OutOfMemoryBudget,
                $"The connections held {total} bytes, where {_most} are the most; of those left, this one held the most, {held}."));
            total -= held;
            if (total <= _most)
            {
                return;
            }
        }
    }
}
