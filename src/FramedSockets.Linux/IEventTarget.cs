namespace FramedSockets.Linux;

/// <summary>Who is told what epoll reports of a descriptor: on the loop's thread, so it must not block.</summary>
internal interface IEventTarget
{
    void OnEvents(EpollEvents events);
}
