using System.Buffers;
using System.Threading.Tasks.Sources;

namespace FramedSockets.Framing;

/// <summary>
/// A sender that waits its turn at a full or busy output, with the frame it wants to send where it has one. Its state
/// changes under the queue's lock only.
/// </summary>
internal sealed class OutputWaiter<THeader> : IValueTaskSource
{
    private ManualResetValueTaskSourceCore<bool> _core = new() { RunContinuationsAsynchronously = true };

    /// <summary>What a waiter waits for.</summary>
    public enum Wish : byte
    {
        /// <summary>Room for a frame, which the queue then takes.</summary>
        Room,

        /// <summary>All that was queued before to be sent; nobody has to wait behind it.</summary>
        Flush,

        /// <summary>The queue to be empty, after everybody who came before.</summary>
        End,

        /// <summary>The output for itself alone.</summary>
        Turn,

        /// <summary>The output for the body alone, behind its header, which the queue then takes.</summary>
        TurnForBody,
    }

    public Wish Kind { get; private set; }

    /// <summary>Whether it found the queue full.</summary>
    public bool IsLate { get; private set; }

    /// <summary>Whether it was granted, cancelled or failed.</summary>
    public bool IsOver { get; private set; }

    public THeader Header { get; private set; } = default!;

    public ReadOnlySequence<byte> Body { get; private set; }

    /// <summary>Whether its wish could not be met once before.</summary>
    public bool WasPassedOver { get; set; }

    /// <summary>For a flush: how many bytes, of all that ever left, have to have left.</summary>
    public long Mark { get; set; }

    /// <summary>For a body that is sent alone: its bytes, which <see cref="Body"/> lacks where they are streamed.</summary>
    public long BodyLength { get; set; }

    /// <summary>For a body that lies in a frame: its use, until it was copied or given up.</summary>
    public BodyUse Use { get; set; }

    /// <summary>Whether the turn is handed on to it.</summary>
    public bool TakesTurn => Kind is Wish.Turn or Wish.TurnForBody;

    public ValueTask Task => new(this, _core.Version);

    public void Begin(Wish kind, in THeader header, in ReadOnlySequence<byte> body, bool isLate)
    {
        Kind = kind;
        IsLate = isLate;
        Header = header;
        Body = body;
        IsOver = WasPassedOver = false;
        _core.Reset();
    }

    public void Grant()
    {
        Forget();
        _core.SetResult(true);
    }

    public void Refuse(Exception exception)
    {
        Forget();
        _core.SetException(exception);
    }

    public void GetResult(short token) => _core.GetResult(token);

    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    private void Forget()
    {
        IsOver = true;
        Header = default!;
        Body = default;
        Use.Dispose();
        Use = default;
    }
}
