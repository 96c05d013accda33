using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.IO.Pipelines;
using System.Runtime.InteropServices;

namespace FramedSockets.Framing;

/// <summary>
/// What the last read gave and no frame has taken: the first segment unpacked, so that a frame inside it costs arithmetic
/// only, and the segments behind it as a sequence.
/// </summary>
internal struct ReadWindow
{
    private ReadOnlySequence<byte> _buffer;
    private ReadOnlyMemory<byte> _memory;
    private byte[]? _array;
    private int _origin;
    private int _start;
    private int _end;
    private long _behind;

    /// <summary>Whether a read is held that was not given back.</summary>
    public bool IsLent { get; private set; }

    /// <summary>The bytes that the last read gave, with what was left of the one before.</summary>
    public long Loaded { get; private set; }

    /// <summary>Bytes not yet taken.</summary>
    public readonly long Length => _end - _start + _behind;

    /// <summary>The first segment's bytes.</summary>
    public readonly bool TryGetSpan(out ReadOnlySpan<byte> span)
    {
        span = _array is { } array ? new(array, _start, _end - _start) : _memory.Span[_start.._end];
        return span.Length > 0;
    }

    /// <summary>Where the first segment's bytes lie, if they are in an array.</summary>
    public readonly bool TryGetArray([NotNullWhen(true)] out byte[]? array, out int start, out int length)
    {
        array = _array;
        start = _start;
        length = _end - _start;
        return array is not null && length > 0;
    }

    /// <summary>Takes bytes of the first segment, whose end may then hide what follows until <see cref="GoOn"/>.</summary>
    public void Advance(int count) => _start += count;

    /// <summary>Goes on to the next segment, where the first is used up.</summary>
    public void GoOn()
    {
        if (_start == _end && _behind > 0)
        {
            Skip(0);
        }
    }

    /// <summary>Takes what a read gave.</summary>
    public void Load(in ReadOnlySequence<byte> buffer)
    {
        IsLent = true;
        Unpack(buffer);
        Loaded = Length;
    }

    /// <summary>
    /// Gives the read back to the pipe: taken bytes as consumed, and the rest not even as examined, because a
    /// <see cref="Pipe"/> counts only what was not examined towards the minimum of <see cref="PipeReader.ReadAtLeastAsync"/>.
    /// </summary>
    public void Release(PipeReader input)
    {
        if (IsLent)
        {
            input.AdvanceTo(_buffer.GetPosition(_start - _origin));
        }

        Clear();
    }

    /// <summary>Forgets the read.</summary>
    public void Clear()
    {
        IsLent = false;
        _buffer = default;
        _memory = default;
        _array = null;
        _origin = _start = _end = 0;
        _behind = 0;
    }

    /// <summary>Takes a frame without its trailer, and lends its body.</summary>
    public long Lend(FrameLease lease, int headerLength, int bodyLength)
    {
        long version;
        var body = _start + headerLength;
        if (_array is { } array && bodyLength <= _end - body)
        {
            version = lease.Lend(array, body, bodyLength);
            _start = body + bodyLength;
            return version;
        }

        version = lease.Lend(_buffer.Slice(_start - _origin + (long)headerLength, bodyLength));
        Skip((long)headerLength + bodyLength);
        return version;
    }

    /// <summary>Takes bytes.</summary>
    public void Skip(long count)
    {
        // The first segment may be used up only where none follows: what looks at it alone would see nothing.
        if (count < _end - _start || _behind == 0)
        {
            _start += (int)count;
        }
        else
        {
            Unpack(_buffer.Slice(_start - _origin + count));
        }
    }

    /// <summary>Copies bytes that begin at an offset, without taking them.</summary>
    public readonly void CopyTo(long offset, Span<byte> destination) =>
        _buffer.Slice(_start - _origin + offset, destination.Length).CopyTo(destination);

    private void Unpack(ReadOnlySequence<byte> buffer)
    {
        _memory = buffer.First;
        if (_memory.IsEmpty && !buffer.IsEmpty)
        {
            var next = buffer.Start;
            var start = next;
            while (buffer.TryGet(ref next, out _memory) && _memory.IsEmpty)
            {
                start = next;
            }

            buffer = buffer.Slice(start);
        }

        _buffer = buffer;
        if (MemoryMarshal.TryGetArray(_memory, out var segment))
        {
            _array = segment.Array;
            _origin = segment.Offset;
        }
        else
        {
            _array = null;
            _origin = 0;
        }

        _start = _origin;
        _end = _origin + _memory.Length;
        _behind = _buffer.Length - _memory.Length;
    }
}
