namespace FramedSockets.Linux;

/// <summary>What epoll is asked for, and what it reports.</summary>
[Flags]
internal enum EpollEvents : uint
{
    None = 0,
    Input = 0x1,

    /// <summary>TCP's urgent byte is among what has arrived, or ahead of it.</summary>
    Urgent = 0x2,
    Output = 0x4,
    Error = 0x8,
    HangUp = 0x10,

    /// <summary>Nothing more will be reported: the descriptor cannot be watched any longer. The loop says so, not the system.</summary>
    Lost = 0x20,

    /// <summary>The peer has ended its stream.</summary>
    PeerEnded = 0x2000,

    /// <summary>Reported once, and then not until it is asked for anew.</summary>
    OneShot = 0x4000_0000,

    /// <summary>Reported once, when it becomes true.</summary>
    EdgeTriggered = 0x8000_0000,
}
