using System.Buffers;

namespace FramedSockets;

/// <summary>A frame in pooled memory of its own. Dispose it once, when its body is no longer used.</summary>
/// <typeparam name="THeader">The header's type.</typeparam>
/// <remarks>Reading is thread-safe; disposing while another thread reads is not.</remarks>
public sealed class OwnedFrame<THeader> : IDisposable
{
    private readonly ArrayPool<byte> _pool;
    private readonly int _length;
    private byte[]? _array;

    internal OwnedFrame(in THeader header, in ReadOnlySequence<byte> body, ArrayPool<byte> pool)
    {
        Header = header;
        _pool = pool;
        _length = checked((int)body.Length);
        _array = pool.Rent(_length);
        body.CopyTo(_array);
    }

    /// <summary>The header.</summary>
    public THeader Header { get; }

    /// <summary>The body.</summary>
    /// <exception cref="ObjectDisposedException">The frame was disposed.</exception>
    public ReadOnlyMemory<byte> Body
    {
        get
        {
            ObjectDisposedException.ThrowIf(_array is null, this);
            return new(_array, 0, _length);
        }
    }

    /// <summary>Gives the memory back; idempotent.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _array, null) is { } array)
        {
            _pool.Return(array);
        }
    }
}
