using System.Net.Sockets;
using System.Runtime.InteropServices;
using FramedSockets.Transport;
using Microsoft.Win32.SafeHandles;

namespace FramedSockets.Linux;

/// <summary>One connected descriptor on its loop: the calls on it, and the first reason why they fail, which both directions share.</summary>
internal sealed class ConnectedSocket(DescriptorHandle descriptor, EventLoop loop, SystemCalls calls, LinuxScheduling scheduling, bool isTcp)
{
    private const EpollEvents Watched = EpollEvents.Input | EpollEvents.Urgent | EpollEvents.PeerEnded | EpollEvents.EdgeTriggered;
    private const int SocketLevel = 1;
    private const int ErrorOption = 4;
    private const int LingerOption = 13;
    private const int TcpLevel = 6;
    private const int InfoOption = 11;
    private const int ClosedState = 7;

    /// <summary>Where the state is followed by <c>tcpi_bytes_acked</c>, a 64-bit number (linux/tcp.h, Linux 4.1 and later).</summary>
    private const int AcknowledgedOffset = 120;
    private ulong _token;
    private FramedSocketException? _failure;
    private bool _watchesOutput;
    private int _isAborted;
    private long? _delivered;
    private volatile bool _isEnding;
    private volatile bool _isSending;
    private volatile bool _isClosed;
    private volatile int _error;

    /// <summary>
    /// Whether a receive that does not fill its room has taken all there was. So it is with TCP; on a Unix socket it may also
    /// have stopped before bytes that came with a descriptor.
    /// </summary>
    public bool IsEmptyAfterShortReceive => isTcp;

    /// <summary>Whether this side's end of the stream was sent.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>Whether this side has ended the connection at once.</summary>
    public bool IsAborted => Volatile.Read(ref _isAborted) != 0;

    /// <summary>Whether nothing more is reported of the descriptor.</summary>
    public bool IsClosed => _isClosed;

    /// <summary>Whether the caller holds the loop, on which others wait for their turn.</summary>
    public bool IsOnLoop => scheduling == LinuxScheduling.Inline && loop.IsCurrent;

    /// <summary>Begins to listen for events.</summary>
    /// <exception cref="SocketException">The system refuses to watch one more descriptor.</exception>
    public void Watch(IEventTarget target)
    {
        var error = loop.Register(descriptor, target, Watched, out _token);
        if (error < 0)
        {
            throw Errno.ToException(-error);
        }
    }

    /// <summary>From now on it is also reported when sending is possible again, at once where it is.</summary>
    /// <remarks>Only once a send had to wait: on a Unix socket, each receive of the peer's would otherwise wake the loop.</remarks>
    public int WatchOutput()
    {
        if (_watchesOutput)
        {
            return 0;
        }

        _watchesOutput = true;
        try
        {
            return loop.Change(descriptor, _token, Watched | EpollEvents.Output);
        }
        catch (ObjectDisposedException)
        {
            return -Errno.BadDescriptor;
        }
    }

    public int Receive(Span<byte> room)
    {
        try
        {
            return calls.Receive(descriptor, room);
        }
        catch (ObjectDisposedException)
        {
            return -Errno.BadDescriptor;
        }
    }

    public int Send(ReadOnlyMemory<byte> head, ReadOnlyMemory<byte> body)
    {
        try
        {
            // Before the call takes the descriptor, which is a full fence, as closing is: either it is refused, or whoever closes waits.
            // What is refused may have been given back by then, and its memory be disposed.
            _isSending = true;
            return calls.Send(descriptor, head.Span, body.Span);
        }
        catch (ObjectDisposedException)
        {
            return -Errno.BadDescriptor;
        }
        finally
        {
            _isSending = false;
        }
    }

    /// <summary>Sends bytes of a file; one that was closed is an argument that is not valid.</summary>
    public int SendFile(SafeFileHandle file, long offset, int length)
    {
        try
        {
            return calls.SendFile(descriptor, file, offset, length);
        }
        catch (ObjectDisposedException)
        {
            return file.IsClosed ? -Errno.InvalidArgument : -Errno.BadDescriptor;
        }
    }

    /// <summary>Sends the end of the stream.</summary>
    public void ShutDown()
    {
        try
        {
            _isEnding = true;
            _isEnding = HasEnded = calls.ShutDownOutput(descriptor) >= 0;
        }
        catch (ObjectDisposedException)
        {
            // The connection is gone, so there is nobody to tell that nothing follows.
        }
    }

    /// <summary>What a failed call means for whoever made it.</summary>
    public FramedSocketException Fail(int error)
    {
        // The system reports why to one call only, which was not the one that failed.
        error = error == Errno.BrokenPipe && _error != 0 ? _error : error;
        var failure = IsAborted || error == Errno.BadDescriptor ? SocketFailure.Aborted() : SocketFailure.ToException(Errno.ToSocketError(error));
        return Interlocked.CompareExchange(ref _failure, failure, null) ?? failure;
    }

    /// <summary>
    /// At the end of the stream: the failure, if it is none. The system reports a reset to one call only, so that after a
    /// send that failed with it, a receive finds what looks like an end.
    /// </summary>
    public FramedSocketException? FindReset()
    {
        if (Volatile.Read(ref _failure) is { } failure)
        {
            return failure;
        }

        try
        {
            // A peer that ended its stream leaves the socket in CLOSE-WAIT; before this side ends too, only a failure closes it. It may
            // do so just now: that is asked behind the state. One that the system has still to report came behind the peer's end, or a
            // receive would have had it: a reset in answer to what the peer no longer reads, or a network that gave up. That is the
            // next send's trouble: the stream came to its end.
            Span<byte> state = stackalloc byte[1];
            return isTcp && calls.GetOption(descriptor, TcpLevel, InfoOption, state) > 0 && state[0] == ClosedState && !_isEnding
                && (_error = ReadError()) == 0
                ? Fail(Errno.ConnectionReset)
                : null;
        }
        catch (ObjectDisposedException)
        {
            return Fail(Errno.BadDescriptor);
        }
    }

    /// <summary>Takes the error that the system keeps for the next call: a broken pipe where a reset came behind the peer's end.</summary>
    private int ReadError()
    {
        Span<byte> error = stackalloc byte[sizeof(int)];
        return calls.GetOption(descriptor, SocketLevel, ErrorOption, error) > 0 ? MemoryMarshal.Read<int>(error) : 0;
    }

    /// <summary>How much of what was sent the peer has acknowledged; <see langword="null"/> where the system does not say. One caller at a time; never throws.</summary>
    public long? ReadDelivered()
    {
        if (!isTcp)
        {
            return null;
        }

        Span<byte> info = stackalloc byte[AcknowledgedOffset + sizeof(long)];
        try
        {
            if (calls.GetOption(descriptor, TcpLevel, InfoOption, info) == info.Length)
            {
                _delivered = MemoryMarshal.Read<long>(info[AcknowledgedOffset..]);
            }
        }
        catch (ObjectDisposedException)
        {
            // It was closed meanwhile: nothing more will be taken.
        }

        return _delivered;
    }

    /// <summary>Resets the connection; false when that was done before.</summary>
    public bool TryAbort()
    {
        // Whoever comes second may not leave before it is done, either.
        var isFirst = Interlocked.Exchange(ref _isAborted, 1) == 0;
        try
        {
            // Zero seconds of linger make closing a reset: struct linger { 1, 0 }.
            _ = calls.SetOption(descriptor, SocketLevel, LingerOption, 1L);
        }
        catch (ObjectDisposedException)
        {
            // It is closed already, which is what was wanted.
        }

        Close();
        return isFirst;
    }

    /// <summary>Waits until no send is in the system's hands, once the descriptor is closed: what it sends may be given back then.</summary>
    public void AwaitSend()
    {
        for (var spin = new SpinWait(); _isSending;)
        {
            // The system copies what there is room for and does not wait for the peer.
            spin.SpinOnce();
        }
    }

    /// <summary>Closes the descriptor, once no call is on it. Idempotent.</summary>
    public void Close()
    {
        _isClosed = true;
        loop.Deregister(_token);
        descriptor.Dispose();
    }

    /// <summary>Runs what an event has made possible, where it belongs. On the loop's thread.</summary>
    public void Run(IThreadPoolWorkItem work)
    {
        if (scheduling == LinuxScheduling.Inline)
        {
            work.Execute();
        }
        else
        {
            _ = ThreadPool.UnsafeQueueUserWorkItem(work, preferLocal: false);
        }
    }

    /// <inheritdoc cref="EventLoop.TryRunBehindReceives"/>
    public bool TryRunBehindReceives(IThreadPoolWorkItem work) => scheduling == LinuxScheduling.Inline && loop.TryRunBehindReceives(work);

    /// <summary>Lets others go first.</summary>
    public void RunLater(IThreadPoolWorkItem work)
    {
        if (IsOnLoop)
        {
            loop.RunLater(work);
        }
        else
        {
            _ = ThreadPool.UnsafeQueueUserWorkItem(work, preferLocal: false);
        }
    }
}
