using System.Runtime.InteropServices;

namespace FramedSockets.Linux;

/// <summary>The system's <c>struct msghdr</c>. 64-bit.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct MessageHeader
{
    public nint Name;
    public uint NameLength;
    public nint Segments;
    public nuint SegmentCount;
    public nint Control;
    public nuint ControlLength;
    public int Flags;
}
