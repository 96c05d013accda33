namespace FramedSockets.Framing;

/// <summary>What a writer does, seen from outside and without a lock: true of some moment just before.</summary>
/// <param name="IsSending">Whether the pipe is taking bytes.</param>
/// <param name="InFlight">The bytes it is taking.</param>
/// <param name="Moved">All bytes it ever took.</param>
/// <param name="IsOver">Whether nothing is sent any more: the output has ended or failed.</param>
/// <param name="IsInFrame">Whether a frame is being sent, also while the rest of its body has yet to be read somewhere.</param>
internal readonly record struct WriteState(bool IsSending, long InFlight, long Moved, bool IsOver = false, bool IsInFrame = false);
