using System.Buffers.Binary;

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

    /// <summary>Frames one after the other, each a 4-byte big-endian length and a body.</summary>
    public static byte[] LengthPrefixed(int frames, int length)
    {
        var bytes = new byte[frames * (4 + length)];
        var body = Of(length);
        for (var at = 0; at < bytes.Length; at += 4 + length)
        {
            BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(at), length);
            body.CopyTo(bytes, at + 4);
        }

        return bytes;
    }
}
