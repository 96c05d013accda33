using System.Buffers;

namespace FramedSockets.Framing;

/// <summary>
/// Makes a head that crosses segments contiguous, so that codecs are span code. Bytes are copied once: what was assembled
/// is kept until the head is complete.
/// </summary>
internal sealed class HeadAssembler(ArrayPool<byte> pool)
{
    private const int Smallest = 256;
    private byte[]? _array;
    private int _length;

    /// <summary>How many bytes of the frame the codec need not scan again.</summary>
    public int Examined { get; set; }

    /// <summary>How many bytes of the frame were assembled.</summary>
    public int Length => _length;

    /// <summary>Copies the first bytes of a window: as many as are needed, or, where that is not known, twice as many as before.</summary>
    public ReadOnlySpan<byte> Assemble(in ReadWindow window, long needed)
    {
        _ = window.TryGetSpan(out var first);
        var wanted = needed > 0 ? needed : Math.Max(Smallest, 2L * Math.Max(_length, first.Length));
        var length = (int)Math.Min(wanted, Math.Min(window.Length, int.MaxValue));
        if (length > _length)
        {
            Grow(length);
            window.CopyTo(_length, _array.AsSpan(_length, length - _length));
            _length = length;
        }

        return _array.AsSpan(0, _length);
    }

    /// <summary>Begins the next head.</summary>
    public void Reset()
    {
        Examined = 0;
        if (_array is { } array)
        {
            _array = null;
            _length = 0;
            pool.Return(array);
        }
    }

    private void Grow(int length)
    {
        if (_array is null || _array.Length < length)
        {
            var larger = pool.Rent(length);
            _array.AsSpan(0, _length).CopyTo(larger);
            if (_array is not null)
            {
                pool.Return(_array);
            }

            _array = larger;
        }
    }
}
