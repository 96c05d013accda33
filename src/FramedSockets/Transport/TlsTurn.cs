namespace FramedSockets.Transport;

/// <summary>
/// Who may use the session of TLS: the one who decrypts, or the one who announces the end. <c>SslStream</c> reads and writes at
/// once under a lock of its own, but its shutdown takes none, and OpenSSL corrupts its memory where that meets a read. Nobody
/// holds the turn while he waits for the peer.
/// </summary>
/// <remarks>It begins taken, for the handshake.</remarks>
#pragma warning disable CA1001 // nobody asks the semaphore for what would have to be disposed
internal sealed class TlsTurn
#pragma warning restore CA1001
{
    private readonly SemaphoreSlim _free = new(0, 1);

    public Task EnterAsync() => _free.WaitAsync(CancellationToken.None);

    public void Leave() => _ = _free.Release();
}
