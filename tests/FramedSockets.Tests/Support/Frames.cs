using System.Buffers;
using System.IO.Pipelines;
using FramedSockets.Framing;

namespace FramedSockets.Tests.Support;

/// <summary>Shorthands for frames in tests.</summary>
internal static class Frames
{
    /// <summary>Bytes that tell their place.</summary>
    public static byte[] Body(int length, int seed = 0)
    {
        var body = new byte[length];
        for (var i = 0; i < length; i++)
        {
            body[i] = (byte)((i * 7) + seed + (i >> 8));
        }

        return body;
    }

    /// <summary>Reads all frames of the stream, streamed ones included.</summary>
    public static async Task<List<(int Tag, byte[] Body)>> ReadAll(this FrameReader<int> reader)
    {
        var frames = new List<(int, byte[])>();
        while (await reader.WaitToReadAsync().Soon())
        {
            while (reader.TryRead(out var frame))
            {
                frames.Add((frame.Header, await frame.BodyReader.ReadToEnd()));
            }
        }

        return frames;
    }

    public static async Task<byte[]> ReadToEnd(this PipeReader reader)
    {
        var bytes = new List<byte>();
        while (true)
        {
            var result = await reader.ReadAsync().Soon();
            bytes.AddRange(result.Buffer.ToArray());
            reader.AdvanceTo(result.Buffer.End);
            if (result.IsCompleted)
            {
                return [.. bytes];
            }
        }
    }

    /// <summary>Decodes bytes that must be whole frames.</summary>
    public static async Task<List<(int Tag, byte[] Body)>> Decode(byte[] bytes, TagCodec? codec = null)
    {
        var reader = new FrameReader<int>(PipeReader.Create(new ReadOnlySequence<byte>(bytes)), codec ?? new(), pool: CheckedPool.Create());
        var frames = await reader.ReadAll();
        await reader.CompleteAsync().Soon();
        return frames;
    }

    public static async Task<FramedSocketException> Fails(this Task task, FramedSocketError error)
    {
        var failure = await Assert.ThrowsAsync<FramedSocketException>(() => task);
        Assert.Equal(error, failure.Error);
        return failure;
    }
}
