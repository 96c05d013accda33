using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.InteropServices;

namespace FramedSockets;

/// <summary>
/// Where the current frame's body lies, and the version that tells a frame in time from a stale one. One per reader, so
/// that lending costs no allocation: each frame raises the version, and so does what ends it.
/// </summary>
internal sealed class FrameLease(ArrayPool<byte> pool)
{
    [ThreadStatic]
    private static FrameLease? _asked;

    private long _version;
    private long _lent;
    private byte[]? _array;
    private int _offset;
    private long _length;
    private Elsewhere? _elsewhere;
    private BodyUsers? _users;

    /// <summary>Where copies of frames are kept.</summary>
    public ArrayPool<byte> Pool => pool;

    /// <summary>Whether a frame was ever lent.</summary>
    public bool HasLent => _lent != 0;

    /// <summary>Lends a body that lies in one array.</summary>
    public long Lend(byte[] array, int offset, int length)
    {
        if (!ReferenceEquals(_array, array))
        {
            _array = array;
        }

        _offset = offset;
        _length = length;
        Revoke();
        return _lent = _version;
    }

    /// <summary>Lends a body that crosses segments, or lies in memory that is not an array.</summary>
    public long Lend(in ReadOnlySequence<byte> body)
    {
        var elsewhere = BeElsewhere();
        elsewhere.Sequence = body;
        _ = MemoryMarshal.TryGetArray(body.First, out var first);
        elsewhere.First = first;
        _length = body.Length;
        return _lent = _version;
    }

    /// <summary>Lends a body that is read as it arrives.</summary>
    public long Lend(PipeReader stream, long length)
    {
        BeElsewhere().Stream = stream;
        _length = length;
        return _lent = _version;
    }

    /// <summary>Lends a frame without its body, which is over the limit.</summary>
    public long LendNothing(long length, long limit)
    {
        BeElsewhere().Limit = limit;
        _length = length;
        return _lent = _version;
    }

    /// <summary>Makes the current frame stale. Before its memory is given back: whoever still sends its body is told.</summary>
    public void Revoke()
    {
        _version++;
        if (_users is { Any: true } users)
        {
            users.OnEnded();
        }
    }

    /// <summary>No frame follows: nothing of the connection is held for the sake of a thread that once asked for a body.</summary>
    public void Forget()
    {
        Revoke();
        _array = null;
        _elsewhere = null;
    }

    /// <summary>Ties a send that does not copy its body at once to the frame that lends it: one of its own connection, or the one whose body this thread asked for last.</summary>
    /// <returns>The use, to be disposed when it is over.</returns>
    public static BodyUse BeginUse(in ReadOnlySequence<byte> body, IBodyUser user, FrameLease? own)
    {
        var lease = body.IsEmpty ? null : own?.Lends(body) == true ? own : _asked?.Lends(body) == true ? _asked : null;
        return lease is null ? default : lease.GetUsers().Add(user);
    }

    public long GetLength(long version)
    {
        Check(version);
        return _length;
    }

    public bool IsStreamed(long version)
    {
        Check(version);
        return _array is null && _elsewhere?.Stream is not null;
    }

    public bool IsOversized(long version)
    {
        Check(version);
        return _array is null && _elsewhere?.Limit is not null;
    }

    public ReadOnlySequence<byte> GetBody(long version)
    {
        Check(version);
        if (!ReferenceEquals(_asked, this))
        {
            _asked = this;
        }

        if (_array is { } array)
        {
            return new(array, _offset, (int)_length);
        }

        ThrowIfOversized();
        var body = _elsewhere?.Stream is null ? _elsewhere?.Sequence ?? default : throw new InvalidOperationException(
            "The body is streamed, being longer than FrameLimits.MaxBufferedBodyLength or without a length: read it through BodyReader.");

        // Where another thread has just ended the connection, it is nowhere.
        Check(version);
        return body;
    }

    public PipeReader GetReader(long version)
    {
        Check(version);
        if (_array is null)
        {
            ThrowIfOversized();
        }

        if (_array is null && _elsewhere?.Stream is { } stream)
        {
            return stream;
        }

        // The same for the same frame, so that who asks again goes on where he was.
        var elsewhere = _elsewhere ??= new();
        return elsewhere.Reader is { } reader && reader.Version == version ? reader : elsewhere.Reader = new(this, version);
    }

    /// <summary>
    /// Whether a body begins inside the frame that is lent now. Any thread may ask: another's frame may end meanwhile, so nothing that
    /// it lent is looked into.
    /// </summary>
    private bool Lends(in ReadOnlySequence<byte> body)
    {
        var version = Volatile.Read(ref _version);
        var start = body.Start;
        var isInside = _array is { } array
            ? IsIn(array, _offset, _length)
            : _elsewhere is { First: var first } elsewhere
                && (ReferenceEquals(start.GetObject(), elsewhere.Sequence.Start.GetObject()) || IsIn(first.Array, first.Offset, first.Count));
        return isInside && version == Volatile.Read(ref _lent) && version == Volatile.Read(ref _version);

        bool IsIn(byte[]? array, int offset, long length) =>
            array is not null && ReferenceEquals(start.GetObject(), array) && (ulong)(start.GetInteger() - offset) < (ulong)length;
    }

    private BodyUsers GetUsers() => _users ?? Interlocked.CompareExchange(ref _users, new(), null) ?? _users;

    /// <summary>Ends the frame before, and lends from elsewhere than an array.</summary>
    private Elsewhere BeElsewhere()
    {
        _array = null;
        Revoke();
        var elsewhere = _elsewhere ??= new();
        elsewhere.Sequence = default;
        elsewhere.First = default;
        elsewhere.Stream = null;
        elsewhere.Limit = null;
        return elsewhere;
    }

    private void ThrowIfOversized()
    {
        if (_elsewhere?.Limit is { } limit)
        {
            throw new FramedSocketException(
                FramedSocketError.BodyTooLong, $"The body of {_length} bytes is skipped: it is over the limit of {limit}.");
        }
    }

    private void Check(long version)
    {
        if (version != _version)
        {
            Throw();
        }

        static void Throw() => throw new InvalidOperationException(
            "This frame is no longer valid: it lent the receive buffer until its handler returned or the next read. Keep a frame with ToOwned().");
    }

    /// <summary>Where a body is that lies in no array. Made for the first: most readers never have one.</summary>
    private sealed class Elsewhere
    {
        public ReadOnlySequence<byte> Sequence { get; set; }

        /// <summary>Its first segment, if that is in an array: what is sent of it alone says so.</summary>
        public ArraySegment<byte> First { get; set; }

        /// <summary>The reader that was last given out, wherever its body lies.</summary>
        public LentBodyReader? Reader { get; set; }

        public PipeReader? Stream { get; set; }

        public long? Limit { get; set; }
    }
}
