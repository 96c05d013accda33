using System.IO.Pipelines;
using System.Net;

namespace FramedSockets;

/// <summary>
/// One connected byte stream. Its pipes throw <see cref="FramedSocketException"/> when the stream fails. Completing the
/// output sends what is buffered and then the end of the stream; <see cref="IAsyncDisposable.DisposeAsync"/> closes, after
/// both pipes are completed; it is idempotent.
/// </summary>
public interface ITransportConnection : IDuplexPipe, IAsyncDisposable
{
    /// <summary>The address of this side, or <see langword="null"/> where there is none.</summary>
    EndPoint? LocalEndPoint { get; }

    /// <summary>The address of the peer, or <see langword="null"/> where there is none.</summary>
    EndPoint? RemoteEndPoint { get; }

    /// <summary>
    /// Ends the stream at once, with a reset where the transport has one; pending reads and flushes fail with
    /// <see cref="FramedSocketError.ConnectionAborted"/>. Never waits; idempotent; may be called from any thread.
    /// </summary>
    void Abort();
}
