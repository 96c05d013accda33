using System.Buffers;
using System.IO.Pipelines;

namespace FramedSockets.Fuzz.Oracles;

/// <summary>A transport's output that takes so many bytes and then blocks until it is told to go on, or breaks; it notices when it is misused.</summary>
internal sealed class ScriptedOutput : PipeWriter
{
    private readonly ArrayBufferWriter<byte> _pending = new();
    private readonly List<byte> _taken = [];
    private TaskCompletionSource<FlushResult>? _blocked;
    private byte[] _rest = [];
    private long _room = long.MaxValue;
    private Exception? _failure;
    private bool _isGone;
    private bool _isInUse;

    public byte[] Taken => [.. _taken];

    public bool IsBlocked => Volatile.Read(ref _blocked) is not null;

    public bool IsCompleted { get; private set; }

    public bool WasMisused { get; private set; }

    /// <summary>Whether a flush was taken back, which only a writer does that has ended.</summary>
    public bool WasCancelled { get; private set; }

    public void BlockAfter(long bytes) => _room = Math.Min(_room, bytes);

    /// <summary>Takes everything from now on, beginning with what is blocked.</summary>
    public void Release()
    {
        _room = long.MaxValue;
        if (_blocked is { } blocked)
        {
            _blocked = null;
            _taken.AddRange(_rest);
            _isInUse = false;
            blocked.SetResult(default);
        }
    }

    /// <summary>Fails from now on.</summary>
    public void Break(Exception failure)
    {
        _failure = failure;
        if (_blocked is { } blocked)
        {
            _blocked = null;
            _isInUse = false;
            blocked.SetException(failure);
        }
    }

    /// <summary>Says from now on that nobody reads.</summary>
    public void Leave()
    {
        _isGone = true;
        if (_blocked is { } blocked)
        {
            _blocked = null;
            _isInUse = false;
            blocked.SetResult(new(isCanceled: false, isCompleted: true));
        }
    }

    public override void Advance(int bytes) => _pending.Advance(bytes);

    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        WasMisused |= IsCompleted || _isInUse;
        return _pending.GetMemory(sizeHint);
    }

    public override Span<byte> GetSpan(int sizeHint = 0)
    {
        WasMisused |= IsCompleted || _isInUse;
        return _pending.GetSpan(sizeHint);
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        WasMisused |= IsCompleted || _isInUse;
        if (_failure is not null)
        {
            throw _failure;
        }

        if (_isGone)
        {
            return new(new FlushResult(isCanceled: false, isCompleted: true));
        }

        var bytes = _pending.WrittenSpan;
        var count = (int)Math.Min(_room, bytes.Length);
        _taken.AddRange(bytes[..count]);
        _rest = bytes[count..].ToArray();
        _pending.ResetWrittenCount();
        _room -= _room == long.MaxValue ? 0 : count;
        if (_rest.Length == 0)
        {
            return default;
        }

        _isInUse = true;
        _blocked = new();
        return new(_blocked.Task);
    }

    public override void CancelPendingFlush()
    {
        WasCancelled = true;
        if (_blocked is { } blocked)
        {
            _blocked = null;
            _isInUse = false;
            blocked.SetResult(new(isCanceled: true, isCompleted: false));
        }
    }

    public override void Complete(Exception? exception = null)
    {
        WasMisused |= IsCompleted || _isInUse;
        IsCompleted = true;
    }
}
