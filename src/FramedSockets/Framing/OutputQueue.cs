using System.Buffers;
using System.IO.Pipelines;

namespace FramedSockets.Framing;

/// <summary>
/// The bounded queue between many senders and one <see cref="PipeWriter"/>. While no flush is in flight, frames are encoded
/// straight into the pipe; while one is, they gather beside it and leave with the next. Frames are whole and in order.
/// </summary>
/// <remarks>Thread-safe. <see cref="Turn"/> has the lock.</remarks>
internal sealed class OutputQueue<THeader>
{
    private FrameEncoder<THeader>? _encoder;

    public OutputQueue(
        PipeWriter output, IHeaderCodec<THeader> codec, FrameLimits limits, int most, ArrayPool<byte> pool, IFailureListener listener)
    {
        Turn = new(output, pool, this, listener);
        Most = most;
        Limits = limits;
        Batch = new(this, Turn, new(codec, pool));
    }

    public FrameLimits Limits { get; set; }

    /// <summary>How many bytes may wait before senders do.</summary>
    public int Most { get; }

    /// <summary>What encodes. Under the lock, where it is made for the first frame that no batch gathers.</summary>
    public FrameEncoder<THeader> Encoder => _encoder ??= Batch.Encoder.Another();

    /// <summary>Who may use the pipe.</summary>
    public OutputTurn<THeader> Turn { get; }

    /// <summary>What the thread that handles a read batch sends.</summary>
    public OutputBatch<THeader> Batch { get; }

    /// <summary>The bytes that were accepted and have not left.</summary>
    public long QueuedLength
    {
        get
        {
            // What a batch gathered is released, and then counted, before it is forgotten: asked in this order, nothing is missed.
            var gathered = Batch.Length;
            var released = Turn.Released;
            return Turn.Count.Queued + Math.Max(gathered, released);
        }
    }

    /// <summary>What reads from the same connection, where there is one.</summary>
    public FrameReader<THeader>? Reader { get; set; }

    /// <summary>Whether further frames are refused. Set under the lock.</summary>
    public bool IsCompleted { get; set; }

    /// <summary>Whether somebody asked for the end, whether or not he still waits for it. Set under the lock.</summary>
    public bool IsToEnd { get; set; }

    /// <summary>Who waits for the end of the output, once it has begun. Under the lock.</summary>
    public TaskCompletionSource? Ending { get; set; }

    /// <summary>Whether senders have to wait: there is a backlog, or all is as long as a batch may make it.</summary>
    public bool IsFull => HasBacklog || QueuedLength >= Batch.Most;

    /// <summary>Whether what no batch gathers is as long as may wait. That alone says something of the peer.</summary>
    private bool HasBacklog => Turn.Queued >= Most;

    /// <summary>
    /// Whether reading waits: an answer by <c>Write</c>, which cannot wait, would find no room, or a batch of such is full. Who sends waits
    /// for himself; if reading waited for that too, two sides that send much at the same time would wait for each other.
    /// </summary>
    public bool HoldsReader => (Batch.IsWritten || Turn.Count.Written >= Most) && IsFull;

    /// <summary>Queues a frame if there is room, or if sending what is queued makes room at once.</summary>
    /// <param name="header">The frame's header.</param>
    /// <param name="body">The frame's body.</param>
    /// <param name="overtakes">Whether it may go before those who wait, and beside what others filled the queue with: it comes by <c>Write</c>.</param>
    public bool TryAccept(in THeader header, ReadOnlySpan<byte> body, bool overtakes)
    {
        MakeRoom();
        lock (Turn.Gate)
        {
            ThrowIfOver();
            return MayAccept(overtakes) && Accept(Encoder.Write(Turn.Target, header, body, Limits), overtakes);
        }
    }

    /// <inheritdoc cref="TryAccept(in THeader, ReadOnlySpan{byte}, bool)"/>
    public bool TryAccept(in THeader header, in ReadOnlySequence<byte> body, bool overtakes)
    {
        MakeRoom();
        lock (Turn.Gate)
        {
            ThrowIfOver();
            return MayAccept(overtakes) && Accept(Encoder.Write(Turn.Target, header, body, Limits), overtakes);
        }
    }

    /// <summary>Queues a frame unless the output is in use, full or over.</summary>
    /// <returns>The bytes queued; 0 where it is.</returns>
    public int AcceptAtRest(in THeader header, ReadOnlySpan<byte> body)
    {
        lock (Turn.Gate)
        {
            var isAtRest = !IsCompleted && !Turn.HasFailed && !Turn.IsTaken && HasRoom;
            var written = isAtRest ? Encoder.Write(Turn.Target, header, body, Limits) : 0;
            Turn.Add(written);
            return written;
        }
    }

    /// <summary>
    /// Sends a whole frame that is encoded already, unless the queue is full, or was when others came who still wait. It goes before those
    /// who only wait for the output to themselves, or behind such: that says nothing about the peer.
    /// </summary>
    public bool TrySendEncoded(ReadOnlySpan<byte> frame)
    {
        Batch.EndIfMine();
        MakeRoom();
        lock (Turn.Gate)
        {
            ThrowIfOver();
            if (HasBacklog || (Turn.HasWaiters && Turn.Waiters.HasLate))
            {
                return false;
            }

            var target = Turn.Target;
            frame.CopyTo(target.GetSpan(frame.Length));
            target.Advance(frame.Length);
            Turn.Add(frame.Length);
        }

        Turn.Kick();
        Turn.ThrowIfFailed();
        return true;
    }

    /// <summary>Queues a frame as soon as there is room.</summary>
    public ValueTask AcceptAsync(in THeader header, in ReadOnlySequence<byte> body, CancellationToken cancellationToken)
    {
        OutputWaiter<THeader>? waiter = null;
        lock (Turn.Gate)
        {
            ThrowIfOver();
            if (HasRoom)
            {
                Turn.Add(Encoder.Write(Turn.Target, header, body, Limits));
            }
            else
            {
                waiter = Turn.Waiters.Enqueue(OutputWaiter<THeader>.Wish.Room, header, body, HasBacklog);
                waiter.Use = BeginUse(body);
            }
        }

        Turn.Kick();
        if (waiter is not null)
        {
            return Turn.Waiters.WaitAsync(waiter, cancellationToken);
        }

        Turn.ThrowIfFailed();
        return default;
    }

    /// <summary>Sends what is queued and waits until the pipe has taken it. Others may queue more meanwhile.</summary>
    /// <param name="least">How many bytes are waited for, where there are more.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public ValueTask FlushAsync(long least, CancellationToken cancellationToken)
    {
        Turn.Kick();
        OutputWaiter<THeader> waiter;
        lock (Turn.Gate)
        {
            Turn.ThrowIfFailed();
            var queued = QueuedLength;
            if (!Turn.IsTaken || queued == 0)
            {
                return default;
            }

            waiter = Turn.Flushers.Enqueue(OutputWaiter<THeader>.Wish.Flush, default!, default);
            waiter.Mark = Turn.Count.Left + Math.Min(queued, least);
        }

        return Turn.Flushers.WaitAsync(waiter, cancellationToken);
    }

    /// <summary>
    /// Queues the header of a body that is sent alone, by who has or gets the turn, and counts its trailer too: what others find room
    /// for meanwhile comes on top of both. Behind a body that lasts until the end there is no such room. Under the lock.
    /// </summary>
    public void AddHead(in THeader header, in ReadOnlySequence<byte> body, long bodyLength)
    {
        Turn.Add(Encoder.WriteHead(Turn.Output, header, body, bodyLength, Limits) + Encoder.TrailerLength);
        Turn.Begin(Encoder.TrailerLength);
        IsCompleted |= IsToEnd |= bodyLength == HeaderDecodeResult.UntilEnd;
    }

    private void MakeRoom()
    {
        if (IsFull)
        {
            Turn.Kick();
        }
    }

    private bool HasRoom => !IsFull && !Turn.HasWaiters;

    private bool MayAccept(bool overtakes) => overtakes ? !IsFull || Turn.Count.Written < Most : HasRoom;

    private bool Accept(int written, bool overtakes)
    {
        Turn.Add(written);
        if (overtakes)
        {
            Turn.NoteWritten(written);
        }

        return true;
    }

    /// <summary>Throws where nothing can be sent any more.</summary>
    public void ThrowIfOver()
    {
        Turn.ThrowIfFailed();
        if (IsCompleted)
        {
            throw Completed();
        }
    }

    /// <summary>What is thrown for a frame that comes behind the completion.</summary>
    public static InvalidOperationException Completed() =>
        new("Nothing can be sent any more: this side ended its output or the connection, or handed it on to another framing.");

    /// <summary>Says that a body is used after the call that gave it, if a frame lends it: until the use is disposed.</summary>
    public BodyUse BeginUse(in ReadOnlySequence<byte> body) => FrameLease.BeginUse(body, Turn, Reader?.Lease);

    /// <summary>Whether the first waiter's wish can be met; takes its frame if that is the wish.</summary>
    public bool TryGrant(OutputWaiter<THeader> waiter)
    {
        // Half empty, so that many get room at once; but who was passed over for those who write does not wait for that.
        var most = waiter.Kind == OutputWaiter<THeader>.Wish.End ? 0 : waiter.WasPassedOver ? Most - 1 : Most / 2;
        if (!waiter.TakesTurn && Turn.Queued > most)
        {
            waiter.WasPassedOver = true;
            return false;
        }

        try
        {
            if (waiter.Kind == OutputWaiter<THeader>.Wish.Room)
            {
                Turn.Add(Encoder.Write(Turn.Output, waiter.Header, waiter.Body, Limits));
            }
            else if (waiter.Kind == OutputWaiter<THeader>.Wish.TurnForBody)
            {
                AddHead(waiter.Header, waiter.Body, waiter.BodyLength);
            }
            else if (waiter.TakesTurn)
            {
                Turn.Begin(trailer: 0);
            }
        }
        catch (Exception e)
        {
            // The codec's refusal belongs to the sender whose frame it is.
            Turn.Waiters.Refuse(waiter, e);
        }

        return true;
    }
}
