namespace FramedSockets.Tcp;

/// <summary>Whom a broadcast reached. Connections that ended before it reached them are in none of the numbers.</summary>
/// <param name="Sent">To how many the frame was sent, or queued whole.</param>
/// <param name="Dropped">How many were left out, by <see cref="SlowConsumer.Drop"/>.</param>
/// <param name="Closed">How many were ended, by <see cref="SlowConsumer.Close"/>.</param>
public readonly record struct BroadcastResult(int Sent, int Dropped, int Closed);
