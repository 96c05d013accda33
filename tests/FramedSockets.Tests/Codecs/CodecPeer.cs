using System.Buffers;
using System.IO.Pipelines;
using FramedSockets.Framing;
using FramedSockets.Tests.Support;

namespace FramedSockets.Tests.Codecs;

/// <summary>Sends and receives with a codec, through the engine, over memory and over a pipe.</summary>
internal static class CodecPeer
{
    /// <summary>The bytes of one frame.</summary>
    public static byte[] Encode<THeader>(IHeaderCodec<THeader> codec, CodecSample<THeader> sample, FrameLimits? limits = null)
    {
        var output = new ArrayBufferWriter<byte>();
        new FrameEncoder<THeader>(codec, CheckedPool.Create()).Write(output, sample.Header, sample.Body, limits ?? FrameLimits.Default);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>The bytes of one frame, or <see langword="null"/> where it is refused; then nothing was written.</summary>
    public static byte[]? TryEncode<THeader>(IHeaderCodec<THeader> codec, CodecSample<THeader> sample, FrameLimits limits)
    {
        var output = new ArrayBufferWriter<byte>();
        byte[]? frame = null;
        try
        {
            new FrameEncoder<THeader>(codec, CheckedPool.Create()).Write(output, sample.Header, sample.Body, limits);
            frame = output.WrittenSpan.ToArray();
        }
        catch (FramedSocketException)
        {
            Assert.Equal(0, output.WrittenCount);
        }

        if (TryEncodeInPlace(codec, sample, limits, out var inPlace))
        {
            Assert.Equal(frame, inPlace);
        }

        return frame;
    }

    /// <summary>The same in a batch, where the codec has a way to encode in place.</summary>
    private static bool TryEncodeInPlace<THeader>(IHeaderCodec<THeader> codec, CodecSample<THeader> sample, FrameLimits limits, out byte[]? frame)
    {
        var output = new ScriptedWriter();
        var window = new OutputWindow(output);
        frame = null;
        try
        {
            if (new FrameEncoder<THeader>(codec, CheckedPool.Create()).TryWrite(ref window, sample.Header, sample.Body, limits) == 0)
            {
                return false;
            }

            window.Commit();
            frame = output.GetWritten();
        }
        catch (FramedSocketException)
        {
            window.Commit();
            Assert.Empty(output.GetWritten());
        }

        return true;
    }

    public static Reception<THeader> Decode<THeader>(IHeaderCodec<THeader> codec, byte[] wire, FrameLimits? limits = null) =>
        Decode(codec, new ReadOnlySequence<byte>(wire), limits);

    /// <summary>Receives from memory: everything is there, so nothing waits.</summary>
    public static Reception<THeader> Decode<THeader>(IHeaderCodec<THeader> codec, ReadOnlySequence<byte> wire, FrameLimits? limits = null)
    {
        var receiving = ReceiveAsync(codec, PipeReader.Create(wire), limits);
        Assert.True(receiving.IsCompletedSuccessfully, "A reader over memory waited.");
        return receiving.GetAwaiter().GetResult();
    }

    /// <summary>Receives from a pipe that is filled one part at a time.</summary>
    public static async Task<Reception<THeader>> DecodeAsync<THeader>(
        IHeaderCodec<THeader> codec, IEnumerable<ReadOnlyMemory<byte>> parts, FrameLimits? limits = null)
    {
        var pipe = new Pipe(DuplexPipe.Inline());
        var receiving = ReceiveAsync(codec, pipe.Reader, limits);
        foreach (var part in parts)
        {
            _ = await pipe.Writer.WriteAsync(part).Soon();
        }

        await pipe.Writer.CompleteAsync();
        return await receiving.Soon();
    }

    private static async Task<Reception<THeader>> ReceiveAsync<THeader>(IHeaderCodec<THeader> codec, PipeReader input, FrameLimits? limits)
    {
        var recorder = new RecordingCodec<THeader>(codec);
        var pool = CheckedPool.Create();
        var reader = new FrameReader<THeader>(input, recorder, limits, pool);
        var frames = new List<ReceivedFrame<THeader>>();
        try
        {
            while (await reader.WaitToReadAsync())
            {
                while (reader.TryRead(out var frame))
                {
                    frames.Add(new(recorder.LastHead, frame.Header, await BodyOfAsync(frame)));
                }
            }

            return new(frames, null);
        }
        catch (FramedSocketException e)
        {
            return new(frames, e);
        }
        finally
        {
            await reader.CompleteAsync();
            Assert.Equal(0, pool.Outstanding);
        }
    }

    private static async Task<byte[]> BodyOfAsync<THeader>(Frame<THeader> frame)
    {
        if (!frame.IsStreamed)
        {
            return frame.Body.ToArray();
        }

        using var body = new MemoryStream();
        await frame.BodyReader.CopyToAsync(body);
        return body.ToArray();
    }
}
