using System.Net.Sockets;

namespace FramedSockets.Udp.Linux;

/// <summary>
/// What is known of the system's segmentation: whether it works at all, and for datagrams of which length. Learned from what
/// it refuses, for as long as the endpoint lives. Thread-safe.
/// </summary>
internal sealed class SendOffload(bool isOffered)
{
    // What fits into one packet of the two common sizes: Ethernet, and the least that IPv6 allows.
    private const int EthernetPayload = 1472;
    private const int LeastPayload = 1232;

    private volatile int _maxSegmentLength = isOffered ? UdpDatagramOptions.LongestDatagram : 0;

    /// <summary>The longest datagrams that may share a packet; 0 when none may.</summary>
    public int MaxSegmentLength => _maxSegmentLength;

    /// <summary>
    /// Whether a packet of several datagrams may have been refused because it was one: they are longer than a packet of this
    /// interface (EINVAL, EMSGSIZE), or it cannot do it at all (EIO).
    /// </summary>
    public static bool IsRefusal(SocketError error) => error is SocketError.InvalidArgument or SocketError.MessageSize;

    /// <summary>Learns that datagrams of one length were refused together, and the first of them was not when it was alone.</summary>
    public void Learn(int segmentLength) => _maxSegmentLength = segmentLength switch
    {
        > EthernetPayload => Math.Min(_maxSegmentLength, EthernetPayload),
        > LeastPayload => Math.Min(_maxSegmentLength, LeastPayload),
        _ => 0,
    };
}
