using System.Buffers;

namespace FramedSockets.Udp;

/// <summary>How an endpoint frames, bounds and moves datagrams. Immutable and safe to share.</summary>
public sealed record UdpDatagramOptions
{
    /// <summary>The longest payload that UDP over IPv6 can carry.</summary>
    internal const int LongestDatagram = 65_527;

    /// <summary>The options with every default.</summary>
    public static UdpDatagramOptions Default { get; } = new();

    /// <summary>What a frame may declare, and what may be sent.</summary>
    /// <value><see cref="FrameLimits.Default"/> by default. A frame in a datagram is never streamed, whatever <see cref="FrameLimits.MaxBufferedBodyLength"/> says.</value>
    /// <exception cref="ArgumentNullException">The value is <see langword="null"/>.</exception>
    public FrameLimits Limits
    {
        get;
        init => field = value ?? throw new ArgumentNullException(nameof(value));
    } = FrameLimits.Default;

    /// <summary>The longest datagram, both ways: a longer one is counted and not delivered, and refused before it is sent.</summary>
    /// <value>Bytes; 1 to 65,527; 65,527 by default. IPv4 carries at most 65,507, whatever is set here.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public int MaxDatagramLength
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, LongestDatagram);
            field = value;
        }
    } = LongestDatagram;

    /// <summary>
    /// Lets a datagram carry several frames. Received ones may then hold any number, and a batch packs frames that go to one
    /// peer in a row into datagrams of up to this many bytes; a longer frame goes alone.
    /// </summary>
    /// <remarks>
    /// It needs a framing that says where a frame ends. With <see cref="Codecs.RawCodec"/>, or a body that lasts until the end as with
    /// <see cref="Codecs.HeaderBlockCodec"/>, frames that were packed into one datagram arrive as one.
    /// </remarks>
    /// <value>Bytes; 0 (one datagram, one frame) to 65,527; 0 by default. 1,200 fits every common network path.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public int MaxPackedLength
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, LongestDatagram);
            field = value;
        }
    }

    /// <summary>How many packets one system call may move, on Linux; elsewhere each is a call of its own.</summary>
    /// <value>
    /// 1 (no batches and no offload) to 128; 32 by default. The first receive reserves so many receive buffers, of
    /// 64 KiB each with <see cref="UseOffload"/>; memory is used as datagrams fill them.
    /// </value>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public int BatchLength
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, 128);
            field = value;
        }
    } = 32;

    /// <summary>Whether the system may carry datagrams of one size and one peer as one packet (UDP_SEGMENT, UDP_GRO), where it can.</summary>
    /// <value><see langword="true"/> by default. What is on the wire and what is delivered are the same without it.</value>
    public bool UseOffload { get; init; } = true;

    /// <summary>How the socket is set up.</summary>
    /// <value><see cref="UdpSocketOptions.Default"/> by default.</value>
    /// <exception cref="ArgumentNullException">The value is <see langword="null"/>.</exception>
    public UdpSocketOptions Socket
    {
        get;
        init => field = value ?? throw new ArgumentNullException(nameof(value));
    } = UdpSocketOptions.Default;

    /// <summary>Where queued datagrams and copies of frames are kept.</summary>
    /// <value><see cref="ArrayPool{T}.Shared"/> by default.</value>
    /// <exception cref="ArgumentNullException">The value is <see langword="null"/>.</exception>
    public ArrayPool<byte> Pool
    {
        get;
        init => field = value ?? throw new ArgumentNullException(nameof(value));
    } = ArrayPool<byte>.Shared;

    /// <summary>The limits as codecs see them: nothing is streamed, so whatever may be there is held in memory.</summary>
    internal FrameLimits GetHeldLimits() => Limits with { MaxBufferedBodyLength = (int)Math.Min(Limits.MaxBodyLength, 1024 * 1024 * 1024) };
}
