using System.Globalization;
using FramedSockets.Faults.Support;
using FramedSockets.Samples.Tests.Support;
using Xunit.Abstractions;

namespace FramedSockets.Samples.Tests.FileTransfer;

public sealed class MemoryTests(ITestOutputHelper output)
{
    private const long Most = 1024 * 1024;

    /// <summary>How many MiB to upload; <c>FRAMEDSOCKETS_UPLOAD_MIB=1024</c> for the full gibibyte.</summary>
    private static string Mebibytes => Environment.GetEnvironmentVariable("FRAMEDSOCKETS_UPLOAD_MIB") ?? "64";

    [PythonFact]
    public async Task A_big_upload_does_not_move_the_heap()
    {
        await using var server = await RunningServer.StartAsync();
        await PutAsync(server, "warm-up", "8");

        var heap = Heap.Measure();
        var allocated = GC.GetTotalAllocatedBytes(precise: true);
        await PutAsync(server, "big", Mebibytes);
        allocated = GC.GetTotalAllocatedBytes(precise: true) - allocated;
        heap = Heap.Measure() - heap;

        output.WriteLine($"{Mebibytes} MiB: {allocated:N0} bytes allocated in all, the heap moved by {heap:N0}");
        var length = long.Parse(Mebibytes, CultureInfo.InvariantCulture) << 20;
        Assert.Equal(length, new FileInfo(server.PathOf("big")).Length);
        Assert.InRange(heap, long.MinValue, Most);
        // Some small objects a chunk are fine; a copy of each chunk is not.
        Assert.InRange(allocated, 0, length / 32);
    }

    private static async Task PutAsync(RunningServer server, string name, string mebibytes)
    {
        await using var peer = Python.Run("put.py", "big", server.EndPoint.ToString()!, name, mebibytes);
        var line = (await peer.ReadLineAsync()).Split(' ');
        Assert.Equal("stored", line[1]);
        Assert.Equal(line[0], line[2]);
        Assert.Equal(0, (await peer.EndAsync()).ExitCode);
    }
}
