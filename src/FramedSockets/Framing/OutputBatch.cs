using System.Buffers;

namespace FramedSockets.Framing;

/// <summary>
/// What one thread sends while it handles a read batch: it holds the output's turn, so that gathering a frame takes no
/// lock, and everything leaves together when the batch ends. Frames of others leave right behind it, and end it at its next
/// frame.
/// </summary>
/// <remarks>Used by the thread that began the batch; any thread may ask whether it is that one.</remarks>
internal sealed class OutputBatch<THeader>(OutputQueue<THeader> queue, OutputTurn<THeader> turn, FrameEncoder<THeader> encoder)
{
    /// <summary>As much as answers may gather for what they answer: what a busy connection receives at once.</summary>
    private const int MostAnswered = 256 * 1024;

    private OutputWindow _window = new(turn.Output);
    private int _thread;
    private long _most;
    private long _room;
    private long _gathered;

    /// <summary>What encodes, for the thread that gathers.</summary>
    public FrameEncoder<THeader> Encoder => encoder;

    /// <summary>Whether this thread holds the output's turn for a batch.</summary>
    public bool IsMine => _thread != 0 && _thread == Environment.CurrentManagedThreadId;

    /// <summary>Whether any thread gathers. Any thread.</summary>
    public bool IsOpen => Volatile.Read(ref _thread) != 0;

    /// <summary>How many bytes may wait, for whoever asks, while this gathers: what is only gathered says nothing of the peer. Any thread.</summary>
    public long Most => IsOpen ? Volatile.Read(ref _most) : queue.Most;

    /// <summary>Whether any of it came by <c>Write</c>.</summary>
    public bool IsWritten { get; set; }

    /// <summary>The bytes gathered.</summary>
    public long Length => Volatile.Read(ref _gathered);

    /// <summary>Begins to gather, unless a flush is in flight: then what is sent gathers behind that anyway.</summary>
    /// <remarks>
    /// Answers that are no longer than what they answer leave in one send, for a second costs a fifth of a frame of 16 KiB; but not where
    /// the queue was set shorter than it is by itself.
    /// </remarks>
    public void Begin()
    {
        if (_thread == 0 && turn.TryHold())
        {
            var mayAnswer = queue.Most >= FrameWriter<THeader>.DefaultMaxQueuedLength;
            _most = Math.Max(queue.Most, mayAnswer ? Math.Min(queue.Reader?.ArrivedLength ?? 0, MostAnswered) : 0);
            _room = _most - turn.Queued;
            Volatile.Write(ref _thread, Environment.CurrentManagedThreadId);
        }
    }

    /// <summary>
    /// Gathers a frame; false when the batch has to end: others have frames to send, or it is full and does not leave at once.
    /// </summary>
    public bool TryAdd(in THeader header, ReadOnlySpan<byte> body)
    {
        queue.ThrowIfOver();
        if (turn.HasBeside || (IsFull && !TryBeginNext()))
        {
            return false;
        }

        var written = encoder.TryWrite(ref _window, header, body, queue.Limits);
        if (written == 0)
        {
            _window.Commit();
            written = encoder.Write(turn.Output, header, body, queue.Limits);
        }

        Volatile.Write(ref _gathered, _gathered + written);
        return true;
    }

    /// <inheritdoc cref="TryAdd(in THeader, ReadOnlySpan{byte})"/>
    public bool TryAdd(in THeader header, in ReadOnlySequence<byte> body)
    {
        if (body.IsSingleSegment)
        {
            return TryAdd(header, body.FirstSpan);
        }

        queue.ThrowIfOver();
        if (turn.HasBeside || (IsFull && !TryBeginNext()))
        {
            return false;
        }

        _window.Commit();
        Volatile.Write(ref _gathered, _gathered + encoder.Write(turn.Output, header, body, queue.Limits));
        return true;
    }

    /// <summary>Ends this thread's batch, if it has one: what comes now must not wait for the end of the handler.</summary>
    public void EndIfMine()
    {
        if (IsMine)
        {
            End();
        }
    }

    /// <summary>Sends what was gathered, without waiting.</summary>
    public void End()
    {
        if (_thread == 0)
        {
            turn.Kick();
            return;
        }

        _window.Commit();
        IsWritten = false;
        _thread = 0;
        turn.ReleaseHold(ref _gathered);
    }

    /// <summary>Whether there is no room left: nothing else is queued meanwhile but beside the pipe, which ends the batch.</summary>
    private bool IsFull => _gathered >= _room;

    /// <summary>Sends what was gathered, and gathers on if it leaves at once: so what is more than the batch may hold is as few sends as may be.</summary>
    private bool TryBeginNext()
    {
        End();
        Begin();
        return _thread != 0 && !IsFull;
    }
}
