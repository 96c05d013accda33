using System.Buffers;
using System.IO.Pipelines;

namespace FramedSockets.Tests.Support;

/// <summary>
/// A transport's output under a test's control: it takes so many bytes and then blocks until it is told to go on, or fails.
/// It also complains when it is used from two places at once.
/// </summary>
internal sealed class ScriptedWriter : PipeWriter
{
    private readonly ArrayBufferWriter<byte> _pending = new();
    private readonly List<byte> _taken = [];
    private TaskCompletionSource? _blocked;
    private long _room = long.MaxValue;
    private Exception? _failure;
    private int _users;

    /// <summary>The bytes that left.</summary>
    public byte[] Taken
    {
        get
        {
            lock (_taken)
            {
                return [.. _taken];
            }
        }
    }

    /// <summary>The bytes that were written and not yet flushed.</summary>
    public byte[] Written => _pending.WrittenSpan.ToArray();

    /// <summary>Flushes that had something to send.</summary>
    public int Flushes { get; private set; }

    public bool IsCompleted { get; private set; }

    public Exception? CompletedWith { get; private set; }

    /// <summary>Whether it was used by two callers at once, or after its completion.</summary>
    public bool WasMisused { get; private set; }

    /// <summary>Thrown when memory is asked for.</summary>
    public Exception? MemoryFailure { get; set; }

    /// <summary>Takes so many bytes from now on and then blocks.</summary>
    public void BlockAfter(long bytes)
    {
        lock (_taken)
        {
            _room = bytes;
        }
    }

    /// <summary>Takes everything from now on, beginning with what is blocked.</summary>
    public void Release()
    {
        TaskCompletionSource? blocked;
        lock (_taken)
        {
            _room = long.MaxValue;
            blocked = _blocked;
            _blocked = null;
        }

        blocked?.SetResult();
    }

    /// <summary>Fails the flush that is blocked, and all that follow.</summary>
    public void Break(Exception failure)
    {
        TaskCompletionSource? blocked;
        lock (_taken)
        {
            _failure = failure;
            blocked = _blocked;
            _blocked = null;
        }

        blocked?.SetException(failure);
    }

    public override void Advance(int bytes) => _pending.Advance(bytes);

    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        Check();
        return _pending.GetMemory(sizeHint);
    }

    public override Span<byte> GetSpan(int sizeHint = 0)
    {
        Check();
        return _pending.GetSpan(sizeHint);
    }

    public override async ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        Check();
        if (_failure is not null)
        {
            throw _failure;
        }

        if (_pending.WrittenCount == 0)
        {
            return default;
        }

        Flushes++;
        WasMisused |= Interlocked.Increment(ref _users) != 1;
        try
        {
            var bytes = _pending.WrittenSpan.ToArray();
            _pending.ResetWrittenCount();
            if (Take(bytes, out var rest) is { } blocked)
            {
                await blocked.ConfigureAwait(false);
                Take(rest);
            }
        }
        finally
        {
            _ = Interlocked.Decrement(ref _users);
        }

        return default;
    }

    public override void CancelPendingFlush() => Break(new OperationCanceledException());

    public override void Complete(Exception? exception = null)
    {
        WasMisused |= _users != 0;
        IsCompleted = true;
        CompletedWith = exception;
    }

    private void Check()
    {
        WasMisused |= IsCompleted;
        if (MemoryFailure is not null)
        {
            throw MemoryFailure;
        }
    }

    /// <summary>Takes what there is room for; a task to wait for where that is not all.</summary>
    private Task? Take(byte[] bytes, out byte[] rest)
    {
        lock (_taken)
        {
            var first = (int)Math.Min(_room, bytes.Length);
            rest = bytes[first..];
            Take(bytes[..first]);
            _blocked = rest.Length > 0 ? new(TaskCreationOptions.RunContinuationsAsynchronously) : null;
            return _blocked?.Task;
        }
    }

    private void Take(byte[] bytes)
    {
        lock (_taken)
        {
            _taken.AddRange(bytes);
            _room = _room == long.MaxValue ? _room : Math.Max(0, _room - bytes.Length);
        }
    }
}
