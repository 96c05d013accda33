namespace FramedSockets;

/// <summary>
/// A frame that says no more than that its sender is there. It is sent where nothing else was for a while, and arrives as any
/// other frame does: whoever receives it knows it by its header or body, and ignores it.
/// </summary>
/// <typeparam name="THeader">The header's type.</typeparam>
/// <param name="Header">The header.</param>
/// <param name="Body">The body; empty by default. It must not change.</param>
public sealed record FramePing<THeader>(THeader Header, ReadOnlyMemory<byte> Body = default);
