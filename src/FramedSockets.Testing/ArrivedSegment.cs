using System.Buffers;

namespace FramedSockets.Testing;

/// <summary>The bytes of one arrival.</summary>
internal sealed class ArrivedSegment : ReadOnlySequenceSegment<byte>
{
    private readonly ArrayPool<byte> _pool;
    private readonly byte[] _array;

    public ArrivedSegment(ArrayPool<byte> pool, ReadOnlySpan<byte> bytes, ArrivedSegment? previous)
    {
        _pool = pool;
        _array = pool.Rent(bytes.Length);
        bytes.CopyTo(_array);
        Memory = _array.AsMemory(0, bytes.Length);
        if (previous is not null)
        {
            RunningIndex = previous.RunningIndex + previous.Memory.Length;
            previous.Next = this;
        }
    }

    public void Free() => _pool.Return(_array);
}
