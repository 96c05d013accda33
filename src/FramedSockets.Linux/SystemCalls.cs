using System.Runtime.InteropServices;

namespace FramedSockets.Linux;

/// <summary>
/// The system calls as functions: a result, or an error number below zero, read where the call is made. An interrupted call
/// is made again. On a closed descriptor they throw <see cref="ObjectDisposedException"/>. Thread-safe.
/// </summary>
/// <param name="meddle">
/// For tests: asked before each call. Below zero it is the call's result; above, the most bytes that a send may take.
/// </param>
internal sealed unsafe class SystemCalls(Func<SystemCall, int>? meddle = null)
{
    private const int DontWait = 0x40;
    private const int NoSignal = 0x4000;
    private const int NonBlocking = 0x800;
    private const int CloseOnExec = 0x80000;
    private const int Stream = 1;

    public int Receive(SafeHandle socket, Span<byte> room)
    {
        int result;
        do
        {
            result = Ask(SystemCall.Receive);
            if (result >= 0)
            {
                fixed (byte* bytes = room)
                {
                    result = Result(Native.Receive(socket, bytes, (nuint)room.Length, DontWait));
                }
            }
        }
        while (result == -Errno.Interrupted);
        return result;
    }

    /// <summary>Sends two stretches of memory with one call, without SIGPIPE. Either may be empty.</summary>
    public int Send(SafeHandle socket, ReadOnlySpan<byte> head, ReadOnlySpan<byte> body)
    {
        int result;
        do
        {
            result = Ask(SystemCall.Send);
            if (result > 0)
            {
                head = head[..Math.Min(result, head.Length)];
                body = body[..Math.Min(result - head.Length, body.Length)];
            }

            result = result < 0 ? result : SendOnce(socket, head, body);
        }
        while (result == -Errno.Interrupted);
        return result;
    }

    /// <summary>Sends bytes of a file; 0 where it has no more. The socket must not block: there is no flag to say so.</summary>
    public int SendFile(SafeHandle socket, SafeHandle file, long offset, int length)
    {
        int result;
        do
        {
            result = Ask(SystemCall.SendFile);
            length = result > 0 ? Math.Min(result, length) : length;
            result = result < 0 ? result : Result(Native.SendFile(socket, file, &offset, (nuint)length));
        }
        while (result == -Errno.Interrupted);
        return result;
    }

    /// <summary>Accepts a connection as a descriptor that neither blocks nor is inherited by other programs.</summary>
    /// <param name="listener">The listening socket.</param>
    /// <param name="address">Where the peer's address goes.</param>
    /// <param name="addressLength">Its length.</param>
    public int Accept(SafeHandle listener, Span<byte> address, out int addressLength)
    {
        var length = (uint)address.Length;
        int result;
        do
        {
            result = Ask(SystemCall.Accept);
            if (result >= 0)
            {
                fixed (byte* bytes = address)
                {
                    result = Result(Native.Accept(listener, bytes, &length, NonBlocking | CloseOnExec));
                }
            }
        }
        while (result == -Errno.Interrupted);
        addressLength = (int)length;
        return result;
    }

    /// <summary>Creates a stream socket that neither blocks nor is inherited by other programs.</summary>
    public int CreateSocket(int family)
    {
        var told = Ask(SystemCall.Socket);
        return told < 0 ? told : Result(Native.Socket(family, Stream | NonBlocking | CloseOnExec, 0));
    }

    /// <summary>Begins to connect. An interrupted connect goes on by itself, as one that has to wait does.</summary>
    public int Connect(SafeHandle socket, ReadOnlySpan<byte> address)
    {
        var result = Ask(SystemCall.Connect);
        if (result >= 0)
        {
            fixed (byte* bytes = address)
            {
                result = Result(Native.Connect(socket, bytes, (uint)address.Length));
            }
        }

        return result == -Errno.Interrupted ? -Errno.InProgress : result;
    }

    /// <summary>The address of this side; returns its length.</summary>
    public int GetName(SafeHandle socket, Span<byte> address)
    {
        var told = Ask(SystemCall.Name);
        var length = (uint)address.Length;
        fixed (byte* bytes = address)
        {
            var result = told < 0 ? told : Result(Native.GetName(socket, bytes, &length));
            return result < 0 ? result : (int)length;
        }
    }

    /// <summary>Reads an option, as far as there is room; returns its length.</summary>
    public int GetOption(SafeHandle socket, int level, int name, Span<byte> value)
    {
        var told = Ask(SystemCall.Option);
        var length = (uint)value.Length;
        fixed (byte* bytes = value)
        {
            var result = told < 0 ? told : Result(Native.GetOption(socket, level, name, bytes, &length));
            return result < 0 ? result : (int)length;
        }
    }

    public int SetOption<T>(SafeHandle socket, int level, int name, T value)
        where T : unmanaged
    {
        var told = Ask(SystemCall.Option);
        return told < 0 ? told : Result(Native.SetOption(socket, level, name, &value, (uint)sizeof(T)));
    }

    /// <summary>Sends the end of the stream.</summary>
    public int ShutDownOutput(SafeHandle socket)
    {
        var told = Ask(SystemCall.ShutDown);
        return told < 0 ? told : Result(Native.Shutdown(socket, 1));
    }

    public int CreateEpoll()
    {
        var told = Ask(SystemCall.EpollCreate);
        return told < 0 ? told : Result(Native.CreateEpoll(CloseOnExec));
    }

    public int ControlEpoll(SafeHandle epoll, EpollOperation operation, SafeHandle descriptor, EpollEvents events, ulong token)
    {
        var told = Ask(SystemCall.EpollControl);
        if (told < 0)
        {
            return told;
        }

        var bytes = stackalloc byte[EpollLayout.Largest];
        EpollLayout.Current.Write(new(bytes, EpollLayout.Largest), events, token);
        return Result(Native.ControlEpoll(epoll, (int)operation, descriptor, bytes));
    }

    /// <summary>Waits for events; returns how many there are.</summary>
    /// <param name="epoll">The epoll descriptor.</param>
    /// <param name="events">Where they go.</param>
    /// <param name="most">How many there is room for.</param>
    /// <param name="milliseconds">How long; -1 for as long as it takes.</param>
    public int WaitEpoll(SafeHandle epoll, Span<byte> events, int most, int milliseconds)
    {
        int result;
        do
        {
            result = Ask(SystemCall.EpollWait);
            if (result >= 0)
            {
                fixed (byte* bytes = events)
                {
                    result = Result(Native.WaitEpoll(epoll, bytes, most, milliseconds));
                }
            }
        }
        while (result == -Errno.Interrupted);
        return result;
    }

    /// <summary>Creates a descriptor that wakes whoever waits for it.</summary>
    public int CreateEvent()
    {
        var told = Ask(SystemCall.EventCreate);
        return told < 0 ? told : Result(Native.CreateEvent(0, NonBlocking | CloseOnExec));
    }

    public static void SetEvent(SafeHandle descriptor)
    {
        var one = 1L;
        _ = Native.Write(descriptor, (byte*)&one, sizeof(long));
    }

    private static int SendOnce(SafeHandle socket, ReadOnlySpan<byte> head, ReadOnlySpan<byte> body)
    {
        fixed (byte* first = head, second = body)
        {
            if (head.IsEmpty || body.IsEmpty)
            {
                return Result(Native.Send(socket, head.IsEmpty ? second : first, (nuint)(head.Length + body.Length), DontWait | NoSignal));
            }

            var segments = stackalloc Segment[] { new(first, head.Length), new(second, body.Length) };
            var message = new MessageHeader { Segments = (nint)segments, SegmentCount = 2 };
            return Result(Native.SendMessage(socket, &message, DontWait | NoSignal));
        }
    }

    /// <summary>
    /// The error number is that of the call just made on this thread, so nothing may come between the two. It is read only where
    /// there is one: <c>SetLastError</c> would set and read it with every call.
    /// </summary>
    private static int Result(nint result) => result >= 0 ? (int)result : -Marshal.GetLastSystemError();

    private int Ask(SystemCall call) => meddle is null ? 0 : meddle(call);
}
