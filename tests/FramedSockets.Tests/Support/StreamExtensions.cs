namespace FramedSockets.Tests.Support;

internal static class StreamExtensions
{
    /// <summary>Reads a stream to its end.</summary>
    public static async Task<byte[]> ReadAll(this Stream stream)
    {
        using var all = new MemoryStream();
        await stream.CopyToAsync(all).Soon();
        return all.ToArray();
    }
}
