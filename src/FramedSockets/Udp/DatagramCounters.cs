namespace FramedSockets.Udp;

/// <summary>
/// What became of an endpoint's datagrams, since it was created. Everything that arrived is in exactly one of
/// <see cref="Received"/>, <see cref="Truncated"/>, <see cref="Malformed"/>, <see cref="Dropped"/> and
/// <see cref="DroppedBySystem"/>, or still waits.
/// </summary>
public readonly record struct DatagramCounters
{
    /// <summary>Datagrams whose frames were delivered.</summary>
    public long Received { get; init; }

    /// <summary>Datagrams that the system took to send. UDP does not say whether they arrive.</summary>
    public long Sent { get; init; }

    /// <summary>Datagrams that arrived longer than <see cref="UdpDatagramOptions.MaxDatagramLength"/>; none of their bytes was delivered.</summary>
    public long Truncated { get; init; }

    /// <summary>Datagrams that arrived and were not exactly what the codec expects; they were not answered. Those at which it threw are among them.</summary>
    public long Malformed { get; init; }

    /// <summary>Frames that were refused before sending, because they do not fit a datagram, or are more than the limits or the codec allow.</summary>
    public long TooLarge { get; init; }

    /// <summary>Datagrams that were dropped because the queue before the handlers was full.</summary>
    public long Dropped { get; init; }

    /// <summary>
    /// Times that the system told that nobody listens there, as the peer's said (ICMP); it tells connected endpoints only. What
    /// stops a batch in the middle Linux does not tell, so of a batch the refusal of the last datagram may be all that is counted.
    /// </summary>
    public long Refused { get; init; }

    /// <summary>
    /// Packets that the system dropped because the socket's receive buffer was full, or <see langword="null"/> where the
    /// system does not tell: Linux does. It counts datagrams that travel together by offload, between two programs of
    /// one machine, as one packet.
    /// </summary>
    public long? DroppedBySystem { get; init; }
}
