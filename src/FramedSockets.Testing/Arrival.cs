namespace FramedSockets.Testing;

/// <summary>What comes next: bytes, the end (neither bytes nor a failure), or a failure.</summary>
/// <param name="Bytes">The bytes.</param>
/// <param name="Failure">How the stream fails.</param>
/// <param name="Due">When, by the clock's timestamp; not before what came in before it.</param>
internal readonly record struct Arrival(byte[]? Bytes, Exception? Failure, long Due);
