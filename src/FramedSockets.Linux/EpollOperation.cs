namespace FramedSockets.Linux;

/// <summary>What is changed about a descriptor that epoll watches.</summary>
internal enum EpollOperation
{
    Add = 1,
    Remove = 2,
    Modify = 3,
}
