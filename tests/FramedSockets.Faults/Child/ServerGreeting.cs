namespace FramedSockets.Faults.Child;

/// <summary>The first line of a server process.</summary>
/// <param name="Port">Where it listens, on the loopback address.</param>
/// <param name="Authority">The certificate of the authority that its own is of, in Base64; empty without TLS.</param>
internal sealed record ServerGreeting(int Port, string Authority);
