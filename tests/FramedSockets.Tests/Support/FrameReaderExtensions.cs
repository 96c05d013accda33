using FramedSockets.Framing;

namespace FramedSockets.Tests.Support;

internal static class FrameReaderExtensions
{
    /// <summary>Waits for a frame that does not come, and gives up.</summary>
    public static async Task WaitInVain<THeader>(this FrameReader<THeader> reader)
    {
        using var impatient = new CancellationTokenSource();
        var wait = reader.WaitToReadAsync(impatient.Token).AsTask();
        await impatient.CancelAsync();
        _ = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wait.Soon());
    }
}
