using System.IO.Pipelines;
using System.Net;

namespace FramedSockets;

/// <summary>
/// One connected byte stream. Its pipes throw <see cref="FramedSocketException"/> when the stream fails. Completing the
/// output with <see cref="PipeWriter.CompleteAsync"/> sends what is buffered and then the end of the stream; with
/// <see cref="PipeWriter.Complete"/>, which cannot wait, the end alone. <see cref="IAsyncDisposable.DisposeAsync"/> closes, after
/// both pipes are completed; it is idempotent.
/// </summary>
public interface ITransportConnection : IDuplexPipe, IAsyncDisposable
{
    /// <summary>The address of this side, or <see langword="null"/> where there is none.</summary>
    EndPoint? LocalEndPoint { get; }

    /// <summary>The address of the peer, or <see langword="null"/> where there is none. It is asked for also when the stream has ended.</summary>
    EndPoint? RemoteEndPoint { get; }

    /// <summary>What TLS agreed on, and who the peer is; <see langword="null"/>, the default, on a plain stream.</summary>
    TlsSession? Tls => null;

    /// <summary>
    /// All bytes that have arrived, whether they were read or not. By it a server tells a slow peer from a silent one; it is
    /// asked about once a second, from any thread, and never throws.
    /// </summary>
    /// <value>Bytes, never fewer than before; <see langword="null"/>, the default, where the transport does not count: then no rate is asked of the peer.</value>
    long? ReceivedLength => null;

    /// <summary>All bytes that the peer's side has taken, as far as this side can know. It is asked as <see cref="ReceivedLength"/> is.</summary>
    /// <value>
    /// Bytes, never fewer than before; <see langword="null"/>, the default, where that cannot be known before a whole flush has
    /// ended: then a flush may take as long as all of its bytes would at the lowest rate.
    /// </value>
    long? DeliveredLength => null;

    /// <summary>The memory that the connection holds now for what was received. It is asked as <see cref="ReceivedLength"/> is.</summary>
    /// <value>Bytes; 0 by default.</value>
    long HeldLength => 0;

    /// <summary>
    /// Ends the stream at once, with a reset where the transport has one; pending reads and flushes fail with
    /// <see cref="FramedSocketError.ConnectionAborted"/>. Never waits for the peer; idempotent; may be called from any thread.
    /// </summary>
    void Abort();
}
