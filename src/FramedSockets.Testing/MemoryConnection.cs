using System.IO.Pipelines;
using System.Net;

namespace FramedSockets.Testing;

/// <summary>
/// A connection in memory, under a test's control. Either it is one of a pair, and what one sends the other receives; or it is alone,
/// and the test itself is the peer: it delivers to <see cref="Input"/>, and sees in <see cref="Output"/> what left.
/// </summary>
/// <remarks>It behaves as a socket does: a completed output is the end of the peer's input, an abort is a reset. Thread-safe, its pipes as pipes are.</remarks>
public sealed class MemoryConnection : ITransportConnection
{
    private MemoryConnection? _peer;
    private int _aborted;
    private int _disposed;

    /// <summary>Creates a connection whose peer is the test.</summary>
    /// <param name="options">The options; <see cref="MemoryConnectionOptions.Default"/> when <see langword="null"/>.</param>
    public MemoryConnection(MemoryConnectionOptions? options = null)
    {
        Input = new(options);
        Output = new(options);
    }

    /// <summary>What arrives.</summary>
    public ScriptedReader Input { get; }

    /// <summary>What leaves.</summary>
    public ScriptedWriter Output { get; }

    /// <inheritdoc/>
    public EndPoint? LocalEndPoint { get; internal set; }

    /// <inheritdoc/>
    public EndPoint? RemoteEndPoint { get; internal set; }

    /// <inheritdoc/>
    public long? ReceivedLength => Input.ArrivedLength;

    /// <inheritdoc/>
    public long? DeliveredLength => Output.TakenLength;

    /// <inheritdoc/>
    public long HeldLength => Input.HeldLength;

    /// <summary>Whether it was aborted by this side.</summary>
    public bool IsAborted => Volatile.Read(ref _aborted) != 0;

    /// <summary>Whether it was disposed.</summary>
    public bool IsDisposed => Volatile.Read(ref _disposed) != 0;

    PipeReader IDuplexPipe.Input => Input;

    PipeWriter IDuplexPipe.Output => Output;

    /// <summary>Creates two connections that are each other's peer.</summary>
    /// <param name="options">The options of both; <see cref="MemoryConnectionOptions.Default"/> when <see langword="null"/>.</param>
    /// <returns>The two.</returns>
    public static (MemoryConnection Near, MemoryConnection Far) CreatePair(MemoryConnectionOptions? options = null) => CreatePair(options, 0);

    /// <summary>
    /// Waits until the peer has seen all that has arrived there, and waits for more, or reads no more: by then it has answered, unless it
    /// waits for something else. What a script delays, or a stall holds back, has not arrived.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>A task that ends at that moment.</returns>
    /// <exception cref="InvalidOperationException">The connection is not one of a pair.</exception>
    public Task WaitForPeerAsync(CancellationToken cancellationToken = default) =>
        (_peer ?? throw new InvalidOperationException("The peer of this connection is the test.")).Input.WaitForReaderAsync(cancellationToken);

    /// <inheritdoc/>
    public void Abort()
    {
        if (Interlocked.Exchange(ref _aborted, 1) == 0)
        {
            var reason = new FramedSocketException(FramedSocketError.ConnectionAborted, "The connection was aborted by this side.");

            // The reader here is told last: it may go on at once, and end the stream that the peer is to see reset.
            _peer?.Reset(new(FramedSocketError.ConnectionReset, "The connection failed: the peer reset it."));
            Output.Fail(reason);
            Input.Abort(reason);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            Close();
        }

        return default;
    }

    /// <summary>Creates a pair, one of many over one network.</summary>
    internal static (MemoryConnection Near, MemoryConnection Far) CreatePair(MemoryConnectionOptions? options, int number)
    {
        var (near, far) = (new MemoryConnection(options), new MemoryConnection(options));
        near.SendTo(far, options?.Script is { } there ? new(there, 2 * number) : null);
        far.SendTo(near, options?.Script is { } back ? new(back, (2 * number) + 1) : null);
        return (near, far);
    }

    private void SendTo(MemoryConnection peer, LinkScript? script)
    {
        _peer = peer;
        Output.SendTo(peer.Input, script);
        Output.CutOff = reason =>
        {
            peer.Reset(reason);
            Reset(reason);
        };
        peer.Input.Consumed = Output.Move;
    }

    /// <summary>What the peer sends from now on is taken and lost, as a socket that lingers takes it.</summary>
    private void Close()
    {
        Input.Complete();
        Output.Complete(Output.CompletedWith);
        if (!IsAborted)
        {
            Output.End();
        }
    }

    private void Reset(FramedSocketException reason)
    {
        Output.Fail(reason);
        Input.Fail(reason);
    }
}
