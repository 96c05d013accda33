using System.Runtime.InteropServices;

namespace FramedSockets.Linux;

/// <summary>The system's <c>struct epoll_event</c>: 32 bits of events and 64 of data, packed on x64, and aligned elsewhere.</summary>
internal sealed class EpollLayout
{
    /// <summary>The bytes that are enough for one on any architecture.</summary>
    public const int Largest = 16;

    private readonly int _data;

    private EpollLayout(Architecture architecture)
    {
        _data = architecture == Architecture.X64 ? 4 : 8;
        Size = _data + sizeof(ulong);
    }

    /// <summary>That of this process.</summary>
    public static EpollLayout Current { get; } = Of(RuntimeInformation.ProcessArchitecture);

    /// <summary>The bytes from one to the next.</summary>
    public int Size { get; }

    public static EpollLayout Of(Architecture architecture) => new(architecture);

    public void Write(Span<byte> bytes, EpollEvents events, ulong token)
    {
        bytes[..Size].Clear();
        MemoryMarshal.Write(bytes, in events);
        MemoryMarshal.Write(bytes[_data..], in token);
    }

    public EpollEvents Read(ReadOnlySpan<byte> bytes, int index, out ulong token)
    {
        var at = bytes.Slice(index * Size, Size);
        token = MemoryMarshal.Read<ulong>(at[_data..]);
        return MemoryMarshal.Read<EpollEvents>(at);
    }
}
