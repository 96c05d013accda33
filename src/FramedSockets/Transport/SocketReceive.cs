using System.Net.Sockets;

namespace FramedSockets.Transport;

/// <summary>
/// One receive at a time into the connection's block, and how receiving ended. Its owner is called where the event arrives,
/// without flowing an execution context.
/// </summary>
internal sealed class SocketReceive(Socket socket, ISocketOperationOwner owner) : SocketAsyncEventArgs(true)
{
    private ReceiveProbe _probe;
    private LowWaterMark _mark;
    private long _since;

    /// <summary>Why nothing more is received, if receiving failed.</summary>
    public FramedSocketException? Failure { get; private set; }

    /// <summary>All bytes received. Any thread.</summary>
    public long Received { get; private set; }

    /// <summary>Whether the peer's end of the stream was seen.</summary>
    public bool IsAtEnd { get; private set; }

    /// <summary>Whether nothing more is received.</summary>
    public bool IsOver => IsAtEnd || Failure is not null;

    /// <inheritdoc cref="ReceiveProbe.MayDefer"/>
    public bool MayDefer(in ReceiveBlock block) => _probe.MayDefer(block);

    /// <summary>Whether bytes are there. Any thread.</summary>
    public bool HasArrived
    {
        get
        {
            try
            {
                return socket.Available > 0;
            }
            catch (Exception e) when (e is ObjectDisposedException or SocketException)
            {
                return false;
            }
        }
    }

    /// <summary>Begins to receive, or to wait without a block; true while it is pending. Never throws.</summary>
    public bool Begin(ref ReceiveBlock block, int minimum)
    {
        try
        {
            if (_probe.ExpectsMore)
            {
                _probe.ExpectsMore = socket.Available > 0;
            }

            SetBuffer(_probe.GetRoom(ref block, minimum));
            _since = Environment.TickCount64;
            if (!socket.ReceiveAsync(this))
            {
                return false;
            }

            _mark.NoteWait(socket);
            return true;
        }
        catch (ObjectDisposedException)
        {
            Abort();
        }
        catch (Exception e)
        {
            // The pool has no memory; thrown where the socket calls back, that would end the process.
            Failure ??= new(FramedSocketError.TransportFailed, $"Receiving failed with {e.GetType().Name}.", e);
        }

        return false;
    }

    /// <inheritdoc cref="LowWaterMark.NoteFound"/>
    public void NoteFound() => _mark.NoteFound(socket);

    /// <summary>Whoever goes on receiving from the socket is told of each byte.</summary>
    public void LowerMark()
    {
        if (_mark.IsHigh)
        {
            LowWaterMark.Lower(socket);
        }
    }

    /// <summary>Takes the result of an operation that has ended; returns the bytes.</summary>
    public int End(ref ReceiveBlock block)
    {
        if (IsOver)
        {
            return 0;
        }

        if (SocketError is not SocketError.Success)
        {
            Failure = SocketFailure.ToException(SocketError);
            return 0;
        }

        Received += BytesTransferred;
        IsAtEnd = !_probe.Commit(ref block, BytesTransferred, Environment.TickCount64 - _since);
        return BytesTransferred;
    }

    /// <inheritdoc cref="ReceiveProbe.Release"/>
    public void Release(ref ReceiveBlock block) => _probe.Release(ref block);

    /// <summary>Nothing more is received: this side has closed.</summary>
    public void Abort() => Failure ??= SocketFailure.Aborted();

    protected override void OnCompleted(SocketAsyncEventArgs e) => owner.OnOperationCompleted();
}
