namespace FramedSockets.Benchmarks.Support;

/// <summary>Bodies that are the same in every run.</summary>
internal static class Bodies
{
    public static byte[] Of(int length)
    {
        var body = new byte[length];
        new Random(12345).NextBytes(body);
        return body;
    }
}
