using System.IO.Pipelines;
using System.Runtime.InteropServices;

namespace FramedSockets.Framing;

/// <summary>
/// The memory of a <see cref="PipeWriter"/> that one batch of frames is written into: it is asked for once and not for each
/// frame, and what was written is told to the pipe by <see cref="Commit"/>. Not thread-safe.
/// </summary>
internal struct OutputWindow(PipeWriter output)
{
    private byte[] _array = [];
    private int _start;
    private int _position;
    private int _end;

    /// <summary>Gives memory for so many bytes or more; false where the pipe's memory is no array.</summary>
    public bool TryGet(int least, out Span<byte> memory)
    {
        if (_end - _position < least && !TryOpen(least))
        {
            memory = default;
            return false;
        }

        memory = new(_array, _position, _end - _position);
        return true;
    }

    /// <summary>Takes bytes that were written at the beginning of what <see cref="TryGet"/> gave.</summary>
    public void Advance(int count) => _position += count;

    /// <summary>Tells the pipe what was written and forgets its memory.</summary>
    public void Commit()
    {
        if (_position > _start)
        {
            output.Advance(_position - _start);
        }

        _array = [];
        _start = _position = _end = 0;
    }

    private bool TryOpen(int least)
    {
        Commit();
        if (!MemoryMarshal.TryGetArray<byte>(output.GetMemory(least), out var segment))
        {
            return false;
        }

        _array = segment.Array!;
        _start = _position = segment.Offset;
        _end = segment.Offset + segment.Count;
        return true;
    }
}
