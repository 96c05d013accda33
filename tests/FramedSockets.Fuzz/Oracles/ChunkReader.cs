using System.Buffers;
using System.IO.Pipelines;
using FramedSockets.Fuzz.Engine;

namespace FramedSockets.Fuzz.Oracles;

/// <summary>
/// A pipe that never waits: each read gives some more chunks, each a segment of its own. What was consumed is overwritten, and a
/// reader that breaks the contract is reported.
/// </summary>
internal sealed class ChunkReader : PipeReader
{
    private const byte Poison = 0xDD;
    private readonly byte[][] _chunks;
    private readonly int _perRead;
    private readonly bool _endsLate;
    private Segment? _first;
    private Segment? _last;
    private int _start;
    private int _next;
    private bool _isLent;
    private bool _wasLast;

    /// <summary>Creates the pipe.</summary>
    /// <param name="chunks">The bytes.</param>
    /// <param name="perRead">How many chunks a read adds.</param>
    /// <param name="endsLate">Whether the end comes by itself, after the last byte, and not with it.</param>
    public ChunkReader(byte[][] chunks, int perRead, bool endsLate)
    {
        _chunks = chunks;
        _perRead = perRead;
        _endsLate = endsLate;
    }

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        _ = TryRead(out var result);
        return new(result);
    }

    public override bool TryRead(out ReadResult result)
    {
        FuzzFailureException.Require(!_isLent, "pipe misused", "A read began before the last one was given back.");
        _isLent = true;
        _wasLast |= _next == _chunks.Length;
        for (var i = 0; i < _perRead && _next < _chunks.Length; i++)
        {
            _last = new(_chunks[_next++], _last);
            _first ??= _last;
        }

        var buffer = _first is null ? default : new ReadOnlySequence<byte>(_first, _start, _last!, _last!.Memory.Length);
        result = new(buffer, isCanceled: false, isCompleted: _wasLast || (!_endsLate && _next == _chunks.Length));
        return true;
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        FuzzFailureException.Require(_isLent, "pipe misused", "A read was given back twice.");
        _isLent = false;
        if (consumed.GetObject() is not Segment to)
        {
            return;
        }

        for (; _first != to; _start = 0)
        {
            FuzzFailureException.Require(_first is not null, "pipe misused", "A position was given back that was consumed before.");
            _first!.Bytes.AsSpan(_start).Fill(Poison);
            _first = (Segment?)_first.Next;
        }

        var end = consumed.GetInteger();
        FuzzFailureException.Require(end >= _start, "pipe misused", "A position was given back that was consumed before.");
        to.Bytes.AsSpan(_start, end - _start).Fill(Poison);
        _start = end;
    }

    public override void CancelPendingRead()
    {
    }

    public override void Complete(Exception? exception = null)
    {
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(byte[] bytes, Segment? previous)
        {
            Bytes = bytes;
            Memory = bytes;
            RunningIndex = previous is null ? 0 : previous.RunningIndex + previous.Memory.Length;
            previous?.Next = this;
        }

        public byte[] Bytes { get; }
    }
}
