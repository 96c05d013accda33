namespace FramedSockets.Framing;

/// <summary>What a reader waits for, seen from outside and without a lock: true of some moment just before.</summary>
/// <param name="Phase">What it waits for.</param>
/// <param name="Batches">Raised by each wait behind at least one frame more.</param>
/// <param name="Body">The streamed body under way. With <paramref name="Batches"/> it tells one long frame from many short ones.</param>
/// <param name="HasBegun">Whether bytes of the frame have arrived that is waited for.</param>
internal readonly record struct ReadState(ReadPhase Phase, int Batches, object? Body, bool HasBegun = false);
