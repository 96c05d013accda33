namespace FramedSockets.Udp;

/// <summary>What happens to a datagram that arrives while the queue before the handlers is full.</summary>
public enum DatagramQueueFull
{
    /// <summary>Nothing more is received until there is room; meanwhile datagrams wait in the system's receive buffer, and are dropped there when that is full too.</summary>
    Wait,

    /// <summary>The datagram that arrived is dropped, and counted.</summary>
    DropNewest,

    /// <summary>The datagram that has waited longest is dropped, and counted.</summary>
    DropOldest,
}
