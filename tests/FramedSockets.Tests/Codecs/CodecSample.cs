namespace FramedSockets.Tests.Codecs;

/// <summary>A frame to send.</summary>
public sealed record CodecSample<THeader>(THeader Header, byte[] Body);
