using System.Runtime.InteropServices;

namespace FramedSockets.Udp.Linux;

/// <summary>The system's <c>struct iovec</c>: a stretch of memory.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Segment
{
    public nint Address;
    public nuint Length;
}
