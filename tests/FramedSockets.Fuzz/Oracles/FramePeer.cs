using System.Buffers;
using System.IO.Pipelines;
using FramedSockets.Framing;
using FramedSockets.Fuzz.Engine;

namespace FramedSockets.Fuzz.Oracles;

/// <summary>Receives all that a pipe gives and writes it down, in one thread: where a read waits, the pipe is fed.</summary>
internal sealed class FramePeer<THeader>(Framing<THeader> framing, FrameLimits limits)
{
    /// <summary>Where the frames are kept, if they are.</summary>
    public List<(THeader Header, byte[] Body)>? Kept { get; init; }

    /// <summary>Whether it asks once more after a failure.</summary>
    public bool Insists { get; init; }

    /// <summary>Receives until the end.</summary>
    /// <param name="input">The pipe.</param>
    /// <param name="feed">Gives the pipe more; <see langword="false"/> when there is no more to give.</param>
    /// <param name="pool">The reader's pool.</param>
    /// <param name="transcript">What was received.</param>
    public void Receive(PipeReader input, Func<bool> feed, PoisonPool pool, Transcript transcript)
    {
        var reader = new FrameReader<THeader>(input, framing.Codec, limits, pool);
        try
        {
            while (Wait(reader.WaitToReadAsync(), feed))
            {
                while (reader.TryRead(out var frame))
                {
                    Take(frame, feed, transcript);
                }
            }

            transcript.End(null);
        }
        catch (FramedSocketException e)
        {
            transcript.End(e.Error);
            CheckMessage(e);
            if (Insists)
            {
                CheckStays(reader, e.Error, feed);
            }
        }

        _ = Wait(Complete(reader), feed);
    }

    /// <summary>The outcome of something that may have to wait for input.</summary>
    public static T Wait<T>(ValueTask<T> task, Func<bool> feed)
    {
        while (!task.IsCompleted)
        {
            FuzzFailureException.Require(feed() || task.IsCompleted, "waits for ever", "The input has ended, and the reader waits.");
        }

#pragma warning disable VSTHRD002, CA2012 // it has completed
        return task.GetAwaiter().GetResult();
#pragma warning restore VSTHRD002, CA2012
    }

    private static async ValueTask<bool> Complete(FrameReader<THeader> reader)
    {
        await reader.CompleteAsync().ConfigureAwait(false);
        return true;
    }

    private void Take(in Frame<THeader> frame, Func<bool> feed, Transcript transcript)
    {
        var header = framing.Describe(frame.Header);
        if (frame.IsOversized)
        {
            transcript.AddOversized(header, frame.BodyLength);
            return;
        }

        byte[] body;
        if (!frame.IsStreamed)
        {
            body = frame.Body.ToArray();
            FuzzFailureException.Require(frame.BodyLength == body.Length, "wrong length", $"{frame.BodyLength} for {body.Length} bytes");
        }
        else
        {
            try
            {
                body = ReadAll(frame.BodyReader, feed);
            }
            catch (FramedSocketException)
            {
                transcript.AddCut(header);
                throw;
            }
        }

        transcript.AddFrame(header, body);
        Kept?.Add((frame.Header, body));
    }

    private static byte[] ReadAll(PipeReader reader, Func<bool> feed)
    {
        var body = new ArrayBufferWriter<byte>();
        while (true)
        {
            var result = Wait(reader.ReadAsync(), feed);
            foreach (var segment in result.Buffer)
            {
                body.Write(segment.Span);
            }

            reader.AdvanceTo(result.Buffer.End);
            if (result.IsCompleted)
            {
                return body.WrittenSpan.ToArray();
            }
        }
    }

    /// <summary>A message has numbers and plain words, and nothing of the peer's.</summary>
    private static void CheckMessage(FramedSocketException e) => FuzzFailureException.Require(
        !e.Message.AsSpan().ContainsAnyExceptInRange(' ', '~') && e.Message.EndsWith('.'), "strange message", e.Message);

    private static void CheckStays(FrameReader<THeader> reader, FramedSocketError error, Func<bool> feed)
    {
        try
        {
            var isThere = Wait(reader.WaitToReadAsync(), feed);
            throw new FuzzFailureException("error forgotten", $"After {error} the next wait gave {isThere}.");
        }
        catch (FramedSocketException e)
        {
            FuzzFailureException.Require(e.Error == error, "error changed", $"{error} became {e.Error}.");
        }
    }
}
