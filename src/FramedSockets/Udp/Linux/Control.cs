using System.Runtime.InteropServices;

namespace FramedSockets.Udp.Linux;

/// <summary>The system's <c>struct cmsghdr</c> with a number behind it: how long the datagrams are that one packet carries. 64-bit.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Control
{
    /// <summary>The header's length.</summary>
    public const int HeaderLength = 16;

    /// <summary>The room that it takes.</summary>
    public const int Size = 24;

    public nuint Length;
    public int Level;
    public int Type;
    public int Value;
    private readonly int _padding;
}
