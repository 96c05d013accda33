namespace FramedSockets.Tests.Codecs;

/// <summary>A frame as it arrived, with the bytes of its head.</summary>
public sealed record ReceivedFrame<THeader>(byte[] Head, THeader Header, byte[] Body);
