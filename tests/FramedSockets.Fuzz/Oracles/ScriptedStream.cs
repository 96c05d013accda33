using System.IO.Pipelines;

namespace FramedSockets.Fuzz.Oracles;

/// <summary>Bytes that arrive in a pipe as a script says, until they end or the connection breaks.</summary>
internal sealed class ScriptedStream(byte[] bytes, ScriptedChoices script)
{
    private readonly Pipe _pipe = new(new PipeOptions(
        new PoisonMemory(), PipeScheduler.Inline, PipeScheduler.Inline, pauseWriterThreshold: 0, minimumSegmentSize: 16, useSynchronizationContext: false));

    public PipeReader Reader => _pipe.Reader;

    /// <summary>All bytes that there will ever be.</summary>
    public byte[] Bytes => bytes;

    /// <summary>How many of them have arrived.</summary>
    public int Arrived { get; private set; }

    /// <summary>Where the next frame begins; beyond the end, where a streamed body was never to arrive whole.</summary>
    public long Taken { get; set; }

    /// <summary>Whether nothing follows what has arrived.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>What the connection broke with.</summary>
    public FramedSocketError? Broken { get; private set; }

    /// <summary>The bytes that have arrived and were not taken.</summary>
    public byte[] Waiting => Taken < Arrived ? bytes[(int)Taken..Arrived] : [];

    /// <summary>Lets something happen that a pending read sees; false when there is nothing left to happen.</summary>
    public bool Feed()
    {
        if (HasEnded)
        {
            return false;
        }

        if (Arrived == bytes.Length || script.Below(40) == 39)
        {
            End();
            return true;
        }

        var count = Math.Min(bytes.Length - Arrived, script.IsOver ? int.MaxValue : 1 + script.Below(30));
        _ = _pipe.Writer.WriteAsync(bytes.AsMemory(Arrived, count)).AsTask();
        Arrived += count;
        return true;
    }

    private void End()
    {
        HasEnded = true;
        var how = script.Below(4);
        Broken = how switch { 1 => FramedSocketError.ConnectionReset, 2 => FramedSocketError.TransportFailed, 3 => FramedSocketError.ConnectionTimedOut, _ => null };
        _pipe.Writer.Complete(Broken switch
        {
            null => null,
            FramedSocketError.TransportFailed => new FuzzedTransportException(),
            { } error => new FramedSocketException(error, "The script broke the connection."),
        });
    }

    private sealed class FuzzedTransportException : Exception;
}
