using FramedSockets.Transport;

namespace FramedSockets.Tests.Transport;

/// <summary>Where records begin and end, however their bytes come.</summary>
public sealed class TlsRecordsTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(1000)]
    [InlineData(100_000)]
    public void It_is_inside_from_the_first_byte_of_a_record_until_the_last(int step)
    {
        var stream = new List<byte>();
        var borders = new HashSet<int>();
        foreach (var length in new[] { 1, 0, 255, 256, 16_384 + 256, 65_535, 3 })
        {
            stream.AddRange([23, 3, 3, (byte)(length >> 8), (byte)length, .. Enumerable.Repeat((byte)0xFF, length)]);
            _ = borders.Add(stream.Count);
        }

        var records = default(TlsRecords);
        Assert.False(records.IsInside);
        var bytes = stream.ToArray();
        for (var at = 0; at < bytes.Length;)
        {
            var count = Math.Min(step, bytes.Length - at);
            records.Pass(bytes.AsSpan(at, count));
            at += count;
            Assert.Equal(!borders.Contains(at), records.IsInside);
        }
    }
}
