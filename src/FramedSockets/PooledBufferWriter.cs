using System.Buffers;

namespace FramedSockets;

/// <summary>A growing buffer that owns pooled memory only while it holds bytes. Not thread-safe.</summary>
internal sealed class PooledBufferWriter(ArrayPool<byte> pool) : IBufferWriter<byte>
{
    private const int Smallest = 4096;
    private const int Largest = 256 * 1024;
    private byte[] _array = [];
    private int _expected = Smallest;

    /// <summary>Bytes written since the last <see cref="Clear"/>.</summary>
    public int Length { get; private set; }

    public ReadOnlySpan<byte> Written => _array.AsSpan(0, Length);

    public ReadOnlyMemory<byte> WrittenMemory => _array.AsMemory(0, Length);

    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, (uint)(_array.Length - Length), nameof(count));
        Length += count;
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Ensure(sizeHint);
        return _array.AsMemory(Length);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Ensure(sizeHint);
        return _array.AsSpan(Length);
    }

    /// <summary>Writes everything to another, and forgets it.</summary>
    public void MoveTo(IBufferWriter<byte> target)
    {
        if (Length > 0)
        {
            target.Write(Written);
            Clear();
        }
    }

    /// <summary>Forgets the bytes and gives the memory back.</summary>
    public void Clear()
    {
        // The next batch is likely to be as long as this one or the one before: renting for it at once saves moving it as it grows.
        _expected = Math.Clamp(Math.Max(Length, _expected / 2), Smallest, Largest);
        Length = 0;
        var array = _array;
        if (array.Length > 0)
        {
            _array = [];
            pool.Return(array);
        }
    }

    private void Ensure(int sizeHint)
    {
        if (_array.Length - Length < Math.Max(sizeHint, 1))
        {
            var larger = pool.Rent(checked(Math.Max(_expected, Math.Max(2 * Length, Length + Math.Max(sizeHint, 1)))));
            Written.CopyTo(larger);
            if (_array.Length > 0)
            {
                pool.Return(_array);
            }

            _array = larger;
        }
    }
}
