using System.Buffers;
using FramedSockets.Transport;
using Microsoft.Win32.SafeHandles;

namespace FramedSockets.Linux;

/// <summary>Sends what is written, and waits for the loop only where the system takes no more.</summary>
/// <remarks>As every pipe writer: one caller at a time; <see cref="Abort"/> from any thread.</remarks>
internal sealed class LinuxPipeWriter(ConnectedSocket socket, ArrayPool<byte> pool) : DirectPipeWriter(pool), IFileOutput, IThreadPoolWorkItem
{
    /// <summary>How many bytes are sent in a row on the loop: a peer that takes them as fast must not starve the others.</summary>
    private const int MostInTurn = 1024 * 1024;

    /// <summary>What is longer than that by no more is sent in a row all the same: a body of so many bytes has a head.</summary>
    private const int LittleMore = 64 * 1024;

    private ReadOnlyMemory<byte> _head;
    private ReadOnlyMemory<byte> _body;
    private Readiness _readiness;
    private int _error;

    private bool HasRest => !_head.IsEmpty || !_body.IsEmpty;

    /// <summary>Sending may be possible again, or has failed. On the loop's thread.</summary>
    public void OnWritable()
    {
        if (_readiness.Signal())
        {
            socket.Run(this);
        }
    }

    public int TrySendFile(SafeFileHandle file, long offset, int length)
    {
        var sent = socket.SendFile(file, offset, length);
        return sent > 0 ? sent
            : sent == -Errno.TryAgain ? 0
            : Errno.IsOfConnection(-sent) ? throw socket.Fail(-sent)
            : -1;
    }

    /// <summary>The socket was closed: a flush that waits fails.</summary>
    public void Abort()
    {
        if (_readiness.TryTake())
        {
            Deliver(isElsewhere: true);
        }
    }

    void IThreadPoolWorkItem.Execute()
    {
        if (Push())
        {
            Deliver(isElsewhere: false);
        }
    }

    protected override bool Begin(ReadOnlyMemory<byte> head, ReadOnlyMemory<byte> body)
    {
        _head = head;
        _body = body;
        return !Push();
    }

    protected override FramedSocketException? End()
    {
        var failure = _error != 0 ? socket.Fail(_error)
            : HasRest ? SocketFailure.Aborted()
            : null;
        _head = _body = default;
        return failure;
    }

    protected override void ShutDown() => socket.ShutDown();

    /// <summary>Sends until every byte was taken, or it failed (true), or until the system takes no more or it is the others' turn (false).</summary>
    private bool Push()
    {
        var isLong = (long)_head.Length + _body.Length > MostInTurn + LittleMore && socket.IsOnLoop;
        for (var left = MostInTurn; HasRest && _error == 0;)
        {
            if (left == 0)
            {
                socket.RunLater(this);
                return false;
            }

            var head = isLong ? _head[..Math.Min(left, _head.Length)] : _head;
            var body = isLong ? _body[..Math.Min(left - head.Length, _body.Length)] : _body;
            var sent = socket.Send(head, body);
            if (sent >= 0)
            {
                var ofHead = Math.Min(sent, _head.Length);
                _head = _head[ofHead..];
                _body = _body[(sent - ofHead)..];
                left -= isLong ? sent : 0;
                continue;
            }

            _error = sent == -Errno.TryAgain ? -socket.WatchOutput() : -sent;
            if (_error == 0 && _readiness.TryWait())
            {
                // Closing that came just before saw nobody waiting.
                return socket.IsClosed && _readiness.TryTake();
            }

            // Sending has become possible meanwhile, or was so some time ago: the next call tells.
            _readiness.Clear();
        }

        return true;
    }
}
