using System.Runtime.InteropServices;

namespace FramedSockets.Udp.Linux;

/// <summary>The system's <c>struct mmsghdr</c>: a message, and how many bytes of it were moved. 64-bit.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Message
{
    /// <summary>Where the address lies.</summary>
    public nint Name;

    /// <summary>How long the address is, or may be.</summary>
    public uint NameLength;

    /// <summary>The first of the message's <see cref="Segment"/>s.</summary>
    public nint Segments;

    /// <summary>How many segments there are.</summary>
    public nuint SegmentCount;

    /// <summary>Where control messages lie.</summary>
    public nint Control;

    /// <summary>How long they are, or may be.</summary>
    public nuint ControlLength;

    /// <summary>What the system says of a message it received.</summary>
    public int Flags;

    // struct msghdr ends here, on a multiple of eight bytes.
    private readonly int _padding;

    /// <summary>How many bytes were received or sent.</summary>
    public uint Length;
}
