using System.Runtime;

namespace FramedSockets.Faults.Support;

/// <summary>How much this process's managed heap holds.</summary>
internal static class Heap
{
    /// <summary>
    /// Bytes of the objects that the last <see cref="Collect"/> left. <see cref="GC.GetTotalMemory"/> takes the gaps of the youngest
    /// generation off a heap that does not count them: beside the same objects it was seen to say 3 MB, and less than nothing.
    /// </summary>
    public static long Live
    {
        get
        {
            var info = GC.GetGCMemoryInfo(GCKind.FullBlocking);
            return info.HeapSizeBytes - info.FragmentedBytes;
        }
    }

    public static void Collect()
    {
        // Twice, as what was finalized in the first is collected in the second; compacting gives the memory back.
        for (var i = 0; i < 2; i++)
        {
            GCSettings.LargeObjectHeapCompactionMode = GCLargeObjectHeapCompactionMode.CompactOnce;
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
        }
    }

    public static long Measure()
    {
        Collect();
        return Live;
    }
}
