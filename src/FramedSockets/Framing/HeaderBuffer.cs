using System.Buffers;

namespace FramedSockets.Framing;

/// <summary>
/// Where a header is written before anything is sent, so that a codec that refuses or throws leaves nothing behind. It
/// grows with what is written and refuses more than the limits allow.
/// </summary>
internal sealed class HeaderBuffer : IBufferWriter<byte>
{
    private const int Smallest = 64;
    private byte[] _array = [];
    private int _length;
    private int _most;

    /// <summary>Begins a header of at most so many bytes.</summary>
    public void Begin(int most)
    {
        _length = 0;
        _most = most;
    }

    /// <summary>Ends the header.</summary>
    public ReadOnlySpan<byte> End()
    {
        ThrowIfTooLong();
        return _array.AsSpan(0, _length);
    }

    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, (uint)(_array.Length - _length), nameof(count));
        _length += count;
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Ensure(sizeHint);
        return _array.AsMemory(_length);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Ensure(sizeHint);
        return _array.AsSpan(_length);
    }

    private void Ensure(int sizeHint)
    {
        if (_array.Length - _length < Math.Max(sizeHint, 1))
        {
            Grow(sizeHint);
        }
    }

    // Writers such as Utf8JsonWriter ask for a block well before they need it, so what they ask for is granted, and what
    // they have written is what counts.
    private void Grow(int sizeHint)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sizeHint);
        ThrowIfTooLong();
        Array.Resize(ref _array, checked(Math.Max(Smallest, Math.Max(2 * _array.Length, _length + Math.Max(sizeHint, 1)))));
    }

    private void ThrowIfTooLong()
    {
        if (_length > _most)
        {
            Throw();
        }
    }

    private void Throw() => throw new FramedSocketException(
        FramedSocketError.HeaderTooLong, $"The header is over the limit: {_length} bytes of it were written, {_most} are allowed.");
}
