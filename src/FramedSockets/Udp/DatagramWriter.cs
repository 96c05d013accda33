using System.Buffers;

namespace FramedSockets.Udp;

/// <summary>Where datagrams are written one behind the other. It grows with what is written and refuses more than a datagram may hold.</summary>
internal sealed class DatagramWriter : IBufferWriter<byte>
{
    private const int Smallest = 2048;
    private int _start;
    private int _most;

    public byte[] Array { get; private set; } = [];

    public int Length { get; private set; }

    /// <summary>The bytes of the datagram that is being written.</summary>
    public ReadOnlyMemory<byte> Current => Array.AsMemory(_start, Length - _start);

    /// <summary>Begins a datagram of at most so many bytes behind those that are there.</summary>
    public void Begin(int most)
    {
        _start = Length;
        _most = most;
    }

    /// <exception cref="FramedSocketException">The frame that was written has no byte.</exception>
    public void CheckNotEmpty()
    {
        if (Length == _start)
        {
            throw new FramedSocketException(
                FramedSocketError.UnframeableBody, "The frame has no byte in this framing, and an empty datagram carries no frame.");
        }
    }

    /// <summary>Forgets the datagram that was begun.</summary>
    public void Cancel() => Length = _start;

    /// <summary>Gives up the room of so many bytes at the beginning.</summary>
    public void Forget(int count)
    {
        Array.AsSpan(count, Length - count).CopyTo(Array);
        Length = _start = Length - count;
    }

    public void Clear() => Length = _start = 0;

    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, (uint)(Array.Length - Length), nameof(count));
        Check(count);
        Length += count;
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Ensure(Math.Max(sizeHint, 1));
        return Array.AsMemory(Length);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        // A frame may be empty, but its room is asked for all the same.
        Ensure(sizeHint);
        return Array.AsSpan(Length);
    }

    private void Ensure(int size)
    {
        Check(size);
        if (Array.Length - Length < Math.Max(size, 1))
        {
            var larger = new byte[checked(Math.Max(Smallest, Math.Max(2 * Array.Length, Length + size)))];
            Array.AsSpan(0, Length).CopyTo(larger);
            Array = larger;
        }
    }

    private void Check(int more)
    {
        var length = (long)Length - _start + more;
        if (length > _most)
        {
            throw DatagramFailure.TooLarge(length, _most);
        }
    }
}
