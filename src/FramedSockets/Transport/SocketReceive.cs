using System.Net.Sockets;

namespace FramedSockets.Transport;

/// <summary>One receive at a time into the connection's buffer, and how receiving ended.</summary>
internal sealed class SocketReceive(Socket socket, SocketTransportOptions options, ISocketOperationOwner owner) : IDisposable
{
    /// <summary>How soon, in milliseconds, bytes come that are worth keeping a small buffer for.</summary>
    private const int Soon = 20;

    private readonly SocketOperation _operation = new() { Owner = owner };
    private long _since;

    /// <summary>What was received.</summary>
    public ReceiveBuffer Buffer { get; } = new(options.Pool, options.ReceiveBufferLength);

    /// <summary>Why nothing more is received, if receiving failed.</summary>
    public FramedSocketException? Failure { get; private set; }

    /// <summary>All bytes received. Any thread.</summary>
    public long Received { get; private set; }

    /// <summary>Whether the peer's end of the stream was seen.</summary>
    public bool IsAtEnd { get; private set; }

    /// <summary>Whether nothing more is received.</summary>
    public bool IsOver => IsAtEnd || Failure is not null;

    /// <summary>Begins to receive, or to wait without a buffer; true while it is pending.</summary>
    public bool Begin(int minimum)
    {
        _operation.SetBuffer(Buffer.GetRoom(minimum));
        _since = Environment.TickCount64;
        try
        {
            return socket.ReceiveAsync(_operation);
        }
        catch (ObjectDisposedException)
        {
            Abort();
            return false;
        }
    }

    /// <summary>Takes the result of an operation that has ended; returns the bytes.</summary>
    public int End()
    {
        if (IsOver)
        {
            return 0;
        }

        if (_operation.SocketError != SocketError.Success)
        {
            Failure = SocketFailure.ToException(_operation.SocketError);
            return 0;
        }

        Received += _operation.BytesTransferred;
        IsAtEnd = !Buffer.Commit(_operation.BytesTransferred, isQuick: Environment.TickCount64 - _since < Soon);
        return _operation.BytesTransferred;
    }

    /// <summary>Nothing more is received: this side has closed.</summary>
    public void Abort() => Failure ??= SocketFailure.Aborted();

    public void Dispose() => _operation.Dispose();
}
