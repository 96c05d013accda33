using System.Buffers;

namespace FramedSockets.Testing;

/// <summary>
/// What has arrived and was not consumed: each arrival a segment of its own, in memory of a pool, which gets it back as it is
/// consumed. Not thread-safe.
/// </summary>
internal sealed class ArrivedBytes(ArrayPool<byte> pool)
{
    private ArrivedSegment? _first;
    private ArrivedSegment? _last;
    private int _start;
    private ReadOnlySequence<byte> _lent;

    /// <summary>The bytes held.</summary>
    public long Length { get; private set; }

    /// <summary>Whether the reader has not looked at all of them.</summary>
    public bool HasUnexamined { get; private set; }

    public void Add(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > 0)
        {
            _last = new(pool, bytes, _last);
            _first ??= _last;
            Length += bytes.Length;
            HasUnexamined = true;
        }
    }

    /// <summary>The bytes held, lent until <see cref="Advance"/>.</summary>
    public ReadOnlySequence<byte> Lend()
    {
        _lent = _first is null ? default : new(_first, _start, _last!, _last!.Memory.Length);
        return _lent;
    }

    /// <summary>Takes back what was lent; what was consumed is gone.</summary>
    public void Advance(SequencePosition consumed, SequencePosition examined)
    {
        if (_first is null)
        {
            return;
        }

        HasUnexamined = !_lent.Slice(examined).IsEmpty;
        var rest = _lent.Slice(consumed);
        Length = rest.Length;
        _lent = default;
        if (rest.IsEmpty)
        {
            Clear();
            return;
        }

        while (rest.Start.GetObject() != _first)
        {
            FreeFirst();
        }

        _start = rest.Start.GetInteger();
        if (_start == _first!.Memory.Length)
        {
            FreeFirst();
        }
    }

    public void Clear()
    {
        while (_first is not null)
        {
            FreeFirst();
        }

        Length = 0;
        HasUnexamined = false;
    }

    private void FreeFirst()
    {
        var first = _first!;
        _first = (ArrivedSegment?)first.Next;
        _last = _first is null ? null : _last;
        _start = 0;
        first.Free();
    }
}
