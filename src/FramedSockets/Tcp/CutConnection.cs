using System.Net;

namespace FramedSockets.Tcp;

/// <summary>A connection that a stopping server had to abort.</summary>
/// <param name="Id">Its number, as in the log.</param>
/// <param name="RemoteEndPoint">The peer, where the transport knows it.</param>
/// <param name="PendingLength">The bytes that were queued for the peer and did not leave.</param>
public sealed record CutConnection(long Id, EndPoint? RemoteEndPoint, long PendingLength);
