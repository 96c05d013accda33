using Microsoft.Extensions.Logging;

namespace FramedSockets.Tcp;

/// <summary>Looks at every connection of a server, once a heartbeat, and holds what they keep in memory to the budget. One caller at a time.</summary>
internal sealed class ServedSweep<THeader>(MemoryBudget budget, ILogger log)
{
    private readonly List<(ServedConnection<THeader> One, long Held)> _held = [];

    /// <summary>Looks at all.</summary>
    /// <param name="connections">The connections.</param>
    /// <param name="elapsed">The time since the last look.</param>
    public void Look(IEnumerable<ServedConnection<THeader>> connections, TimeSpan elapsed)
    {
        foreach (var one in connections)
        {
            try
            {
                one.Look(elapsed);
                _held.Add((one, one.HeldLength));
            }
            catch (Exception e)
            {
                // A transport of one's own may throw; the others are looked at all the same.
                log.SweepFailed(one.Connection?.Id ?? 0, e);
            }
        }

        try
        {
            budget.Enforce(_held);
        }
        catch (Exception e)
        {
            log.SweepFailed(0, e);
        }

        _held.Clear();
    }
}
