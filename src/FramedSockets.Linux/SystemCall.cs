namespace FramedSockets.Linux;

/// <summary>The calls of <see cref="SystemCalls"/>.</summary>
internal enum SystemCall
{
    Receive,
    Send,
    SendFile,
    Accept,
    Socket,
    Connect,
    Option,
    Name,
    ShutDown,
    EpollCreate,
    EpollControl,
    EpollWait,
    EventCreate,
}
