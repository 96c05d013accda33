using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace FramedSockets.Transport;

/// <summary>
/// One send at a time of a head and a body, in one system call where both lie in arrays, until every byte was taken.
/// </summary>
internal sealed class SocketSend(Socket socket, Action onCompleted) : IDisposable
{
    private readonly SocketOperation _operation = new(onCompleted);
    private readonly List<ArraySegment<byte>> _gather = new(2);
    private ReadOnlyMemory<byte> _rest;

    /// <summary>The outcome, once nothing is pending.</summary>
    public SocketError Error => _operation.SocketError;

    /// <summary>Begins to send; true while it is pending. Either part may be empty.</summary>
    /// <exception cref="ObjectDisposedException">The socket was closed.</exception>
    public bool Begin(ReadOnlyMemory<byte> head, ReadOnlyMemory<byte> body)
    {
        if (head.Length > 0 && MemoryMarshal.TryGetArray(head, out var first)
            && body.Length > 0 && MemoryMarshal.TryGetArray(body, out var second))
        {
            _gather.Add(first);
            _gather.Add(second);
            _operation.BufferList = _gather;
        }
        else
        {
            var isHead = head.Length > 0;
            _operation.SetBuffer(MemoryMarshal.AsMemory(isHead ? head : body));
            _rest = isHead ? body : default;
        }

        return socket.SendAsync(_operation) || Continue();
    }

    /// <summary>Sends what an operation that has ended left over; true while it is pending.</summary>
    /// <exception cref="ObjectDisposedException">The socket was closed.</exception>
    public bool Continue()
    {
        while (_operation.SocketError == SocketError.Success && TryNext())
        {
            if (socket.SendAsync(_operation))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Lets go of all memory.</summary>
    public void End()
    {
        _rest = default;
        try
        {
            EndGather();
            _operation.SetBuffer(null, 0, 0);
        }
        catch (ObjectDisposedException)
        {
            // An aborted connection was disposed before its last send came back: the operation has let go already.
        }
    }

    public void Dispose() => _operation.Dispose();

    private bool TryNext()
    {
        var sent = _operation.BytesTransferred;
        if (_gather.Count > 0)
        {
            var (first, second) = (_gather[0], _gather[1]);
            EndGather();
            var isHeadLeft = sent < first.Count;
            _operation.SetBuffer(isHeadLeft ? first[sent..] : second[(sent - first.Count)..]);
            _rest = isHeadLeft ? second : default;
        }
        else if (sent < _operation.Count)
        {
            _operation.SetBuffer(_operation.Offset + sent, _operation.Count - sent);
        }
        else
        {
            _operation.SetBuffer(MemoryMarshal.AsMemory(_rest));
            _rest = default;
        }

        return _operation.Count > 0;
    }

    private void EndGather()
    {
        if (_gather.Count > 0)
        {
            _operation.BufferList = null;
            _gather.Clear();
        }
    }
}
