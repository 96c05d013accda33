using FramedSockets.Fuzz.Instrumentation;

namespace FramedSockets.Fuzz.Planted;

/// <summary>Finds each bug, in a copy of the library that has that one.</summary>
internal static class PlantedTest
{
    /// <summary>Looks for each bug for at most so many seconds.</summary>
    /// <returns>How many were not found.</returns>
    public static int Run(double seconds, long seed)
    {
        var missed = 0;
        Console.WriteLine($"seed {seed}");
        foreach (var (what, target, plant) in PlantedBugs.All)
        {
            var context = new FuzzContext(plant);
            var found = (string?)context.Call(typeof(Session), nameof(Session.Find), target, context.Edges, seconds, seed);
            missed += found is null ? 1 : 0;
            Console.WriteLine($"{target}, {what}: {found ?? $"NOT FOUND in {seconds} s"}");
        }

        return missed;
    }
}
