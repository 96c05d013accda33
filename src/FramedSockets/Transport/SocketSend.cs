using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace FramedSockets.Transport;

/// <summary>
/// One send at a time of a head and a body, in one system call where both lie in arrays, until every byte was taken. It is
/// lent to a connection that sends, and not owned by those that rest. One whose socket was closed under it is disposed instead of
/// returned: not all of it may have been said.
/// </summary>
internal sealed class SocketSend() : SocketAsyncEventArgs(true)
{
    /// <summary>More than are sending at one time where the system takes what is sent.</summary>
    private const int MostSpare = 256;

    private static readonly ConcurrentQueue<SocketSend> Spare = new();

    [ThreadStatic]
    private static SocketSend? _spare;

    private readonly List<ArraySegment<byte>> _gather = new(2);
    private Socket? _socket;
    private ISocketOperationOwner? _owner;
    private ReadOnlyMemory<byte> _rest;

    /// <summary>Lends one, until <see cref="Return"/>.</summary>
    public static SocketSend Rent(Socket socket, ISocketOperationOwner owner)
    {
        var send = _spare;
        _spare = null;
        send ??= Spare.TryDequeue(out var other) ? other : new();
        send._socket = socket;
        send._owner = owner;
        return send;
    }

    /// <summary>Begins to send; true while it is pending. Either part may be empty.</summary>
    /// <exception cref="ObjectDisposedException">The socket was closed.</exception>
    public bool Begin(ReadOnlyMemory<byte> head, ReadOnlyMemory<byte> body)
    {
        if (head.Length > 0 && MemoryMarshal.TryGetArray(head, out var first)
            && body.Length > 0 && MemoryMarshal.TryGetArray(body, out var second))
        {
            _gather.Add(first);
            _gather.Add(second);
            BufferList = _gather;
        }
        else
        {
            var isHead = head.Length > 0;
            SetBuffer(MemoryMarshal.AsMemory(isHead ? head : body));
            _rest = isHead ? body : default;
        }

        return _socket!.SendAsync(this) || Continue();
    }

    /// <summary>Sends what an operation that has ended left over; true while it is pending.</summary>
    /// <exception cref="ObjectDisposedException">The socket was closed.</exception>
    public bool Continue()
    {
        while (SocketError == SocketError.Success && TryNext())
        {
            if (_socket!.SendAsync(this))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Lets go of all memory, for the next. Nothing is pending.</summary>
    public void Return()
    {
        _rest = default;
        EndGather();
        SetBuffer(null, 0, 0);
        (_socket, _owner) = (null, null);
        if (_spare is null)
        {
            _spare = this;
        }
        else if (Spare.Count < MostSpare)
        {
            Spare.Enqueue(this);
        }
        else
        {
            Dispose();
        }
    }

    protected override void OnCompleted(SocketAsyncEventArgs e) => _owner!.OnOperationCompleted();

    private bool TryNext()
    {
        var sent = BytesTransferred;
        if (_gather.Count > 0)
        {
            var (first, second) = (_gather[0], _gather[1]);
            EndGather();
            var isHeadLeft = sent < first.Count;
            SetBuffer(isHeadLeft ? first[sent..] : second[(sent - first.Count)..]);
            _rest = isHeadLeft ? second : default;
        }
        else if (sent < Count)
        {
            SetBuffer(Offset + sent, Count - sent);
        }
        else
        {
            SetBuffer(MemoryMarshal.AsMemory(_rest));
            _rest = default;
        }

        return Count > 0;
    }

    private void EndGather()
    {
        if (_gather.Count > 0)
        {
            BufferList = null;
            _gather.Clear();
        }
    }
}
