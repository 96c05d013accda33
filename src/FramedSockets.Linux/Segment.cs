using System.Runtime.InteropServices;

namespace FramedSockets.Linux;

/// <summary>The system's <c>struct iovec</c>: a stretch of memory.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct Segment(byte* address, int length)
{
    public byte* Address = address;
    public nuint Length = (nuint)length;
}
