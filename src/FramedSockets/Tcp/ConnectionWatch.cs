using FramedSockets.Framing;

namespace FramedSockets.Tcp;

/// <summary>
/// Holds one connection to its deadlines. It looks at a few counters of the connection once a heartbeat and adds up the time
/// in which it saw the same; the connection itself knows of no clock. One caller at a time; not to be copied.
/// </summary>
internal struct ConnectionWatch(FrameDeadlines deadlines, ITransportConnection transport)
{
    private TimeSpan _beforeHeader;
    private TimeSpan _idle;
    private TimeSpan _stuck;
    private TimeSpan _silent;
    private RateWindow _read;
    private RateWindow _write;
    private ReadState _last;
    private long _moved = -1;
    private bool _wasSending;

    /// <summary>Whether the last look found that nothing was sent for so long that a ping is due.</summary>
    public bool IsPingDue { readonly get; private set; }

    /// <summary>Looks; returns why the connection is to end, if it is late.</summary>
    /// <param name="reading">What its reader waits for.</param>
    /// <param name="writing">What its writer does.</param>
    /// <param name="elapsed">The time since the last look, or since the connection was opened.</param>
    public FramedSocketException? Look(in ReadState reading, in WriteState writing, TimeSpan elapsed)
    {
        var isSilent = writing.Moved == _moved && !writing.IsSending;
        var phase = GetPhase(reading);
        var late = LookAtInput(phase, isSame: reading == _last, elapsed)
            ?? LookAtRest(isSilent && !writing.IsInFrame && reading == _last && phase == ReadPhase.Border, elapsed)
            ?? LookAtOutput(writing, elapsed);
        LookAtSilence(isSilent, elapsed);
        _last = reading;
        _moved = writing.Moved;
        _wasSending = writing.IsSending;
        return late;
    }

    private static FramedSocketException Late(FramedSocketError error, string message) => new(error, message);

    private static bool IsOver(TimeSpan lasted, TimeSpan most) => most > TimeSpan.Zero && lasted >= most;

    /// <summary>Where the first header has no time of its own, the first frame is one as any other.</summary>
    private readonly ReadPhase GetPhase(in ReadState reading) =>
        reading.Phase != ReadPhase.FirstHeader || deadlines.FirstHeader > TimeSpan.Zero ? reading.Phase
        : reading.HasBegun ? ReadPhase.Frame
        : ReadPhase.Border;

    private FramedSocketException? LookAtInput(ReadPhase phase, bool isSame, TimeSpan elapsed)
    {
        if (phase == ReadPhase.FirstHeader)
        {
            _beforeHeader += elapsed;
            return IsOver(_beforeHeader, deadlines.FirstHeader)
                ? Late(FramedSocketError.HeaderTimeout, $"The first header did not arrive within {deadlines.FirstHeader.TotalSeconds} s.")
                : null;
        }

        if (phase != ReadPhase.Frame || !isSame)
        {
            _read.Close();
        }

        return phase == ReadPhase.Frame && transport.ReceivedLength is { } received
            && _read.IsTooSlow(received, elapsed, deadlines.MinimumReadRate, deadlines.Grace, out var moved)
            ? Late(
                FramedSocketError.ReadTimeout,
                $"A frame came too slowly: {moved} bytes in {_read.Lasted.TotalSeconds:0.#} s, where {deadlines.MinimumReadRate} a second are the least.")
            : null;
    }

    private FramedSocketException? LookAtRest(bool rests, TimeSpan elapsed)
    {
        _idle = rests ? _idle + elapsed : TimeSpan.Zero;
        return IsOver(_idle, deadlines.Idle)
            ? Late(FramedSocketError.IdleTimeout, $"No frame went either way for {deadlines.Idle.TotalSeconds} s.")
            : null;
    }

    private void LookAtSilence(bool isSilent, TimeSpan elapsed)
    {
        _silent = isSilent ? _silent + elapsed : TimeSpan.Zero;
        IsPingDue = IsOver(_silent, deadlines.Ping);
        if (IsPingDue)
        {
            _silent = TimeSpan.Zero;
        }
    }

    private FramedSocketException? LookAtOutput(in WriteState writing, TimeSpan elapsed)
    {
        if (!writing.IsSending || deadlines.MinimumWriteRate == 0)
        {
            _write.Close();
            _stuck = TimeSpan.Zero;
            return null;
        }

        if (transport.DeliveredLength is not { } delivered)
        {
            return LookAtFlush(writing, elapsed);
        }

        return _write.IsTooSlow(delivered, elapsed, deadlines.MinimumWriteRate, deadlines.Grace, out var moved)
            ? Late(
                FramedSocketError.WriteTimeout,
                $"The peer took {moved} bytes in {_write.Lasted.TotalSeconds:0.#} s, where {deadlines.MinimumWriteRate} a second are the least.")
            : null;
    }

    /// <summary>Where nobody knows what the peer took before a whole flush ends, it may take as long as its bytes would at the lowest rate.</summary>
    private FramedSocketException? LookAtFlush(in WriteState writing, TimeSpan elapsed)
    {
        _stuck = _wasSending && writing.Moved == _moved ? _stuck + elapsed : TimeSpan.Zero;
        var most = deadlines.Grace + TimeSpan.FromSeconds((double)writing.InFlight / deadlines.MinimumWriteRate);
        return IsOver(_stuck, most)
            ? Late(FramedSocketError.WriteTimeout, $"The peer did not take {writing.InFlight} bytes within {most.TotalSeconds:0.#} s.")
            : null;
    }
}
