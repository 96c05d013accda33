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

    /// <summary>Bodies without line feeds and delimiters.</summary>
    public static byte[] Letters(int length) => Array.ConvertAll(Of(length), value => (byte)('a' + (value % 26)));
}
