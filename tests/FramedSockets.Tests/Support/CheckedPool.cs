using System.Collections.Concurrent;

namespace FramedSockets.Tests.Support;

/// <summary>Poisoning pools of one test: after it, all that they lent has to be back (R27).</summary>
internal static class CheckedPool
{
    private static readonly AsyncLocal<ConcurrentBag<PoisoningPool>?> OfTest = new();

    /// <summary>A pool that is looked at after the test that runs, or whose class is just made.</summary>
    public static PoisoningPool Create()
    {
        var pool = new PoisoningPool();
        (OfTest.Value ??= []).Add(pool);
        return pool;
    }

    /// <summary>Lets pools that are made from here on, in whatever this test calls, belong to it.</summary>
    public static void Begin() => OfTest.Value ??= [];

    public static async Task EnsureAllReturnedAsync()
    {
        foreach (var pool in OfTest.Value!)
        {
            await pool.EnsureAllReturnedAsync();
        }
    }
}
