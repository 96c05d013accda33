namespace FramedSockets.Tests.Codecs;

/// <summary>The ways to cut bytes into pieces.</summary>
internal static class Splits
{
    public static IEnumerable<ReadOnlyMemory<byte>[]> InTwo(byte[] bytes)
    {
        for (var i = 0; i <= bytes.Length; i++)
        {
            yield return [bytes.AsMemory(0, i), bytes.AsMemory(i)];
        }
    }

    public static IEnumerable<ReadOnlyMemory<byte>[]> InThree(byte[] bytes)
    {
        for (var i = 1; i < bytes.Length; i++)
        {
            for (var j = i; j < bytes.Length; j++)
            {
                yield return [bytes.AsMemory(0, i), bytes.AsMemory(i, j - i), bytes.AsMemory(j)];
            }
        }
    }

    public static ReadOnlyMemory<byte>[] InBytes(byte[] bytes) =>
        [.. Enumerable.Range(0, bytes.Length).Select(i => (ReadOnlyMemory<byte>)bytes.AsMemory(i, 1))];
}
