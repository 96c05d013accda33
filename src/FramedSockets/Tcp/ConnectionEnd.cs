namespace FramedSockets.Tcp;

/// <summary>How a connection ends: the first reason wins, and everybody is told once. Thread-safe.</summary>
internal sealed class ConnectionEnd
{
    private static readonly object Clean = new();
    private LateToken _closed;
    private LateToken _stopping;
    private TaskCompletionSource? _completion;
    private TaskCompletionSource? _closing;
    private object? _outcome;
    private FramedSocketException? _reasonToClose;

    /// <summary>Fires when the connection has ended.</summary>
    public CancellationToken Closed => _closed.Get();

    /// <summary>Fires when this side wants to end calmly.</summary>
    public CancellationToken Stopping => _stopping.Get();

    /// <summary>Whether this side wants to end calmly.</summary>
    public bool IsStopping => _stopping.HasFired;

    /// <summary>Ends with the connection. Made when somebody asks for it.</summary>
    public Task Completion
    {
        get
        {
            var completion = Volatile.Read(ref _completion);
            if (completion is null)
            {
                var made = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                completion = Interlocked.CompareExchange(ref _completion, made, null) ?? made;
            }

            if (_closed.HasFired)
            {
                // Who ended the connection just before may have seen nobody waiting.
                Tell(completion);
            }

            return completion.Task;
        }
    }

    /// <summary>Why the connection failed, if it has.</summary>
    public FramedSocketException? Reason => Volatile.Read(ref _outcome) as FramedSocketException;

    /// <summary>Throws the reason where either direction has failed: the output's is decided before the output knows it.</summary>
    public void ThrowIfFailed()
    {
        if (Reason is { } reason)
        {
            throw reason;
        }
    }

    /// <summary>Why the connection failed before closing began, if it has.</summary>
    public FramedSocketException? ReasonToClose => IsClosing ? Volatile.Read(ref _reasonToClose) : Reason;

    /// <summary>Whether closing has begun.</summary>
    public bool IsClosing => Volatile.Read(ref _closing) is not null;

    /// <summary>Closes the stream once, through whichever framing it is asked for; everybody waits for it.</summary>
    public ValueTask CloseAsync(IFrameChannel channel) => Once.RunAsync(ref _closing, () =>
    {
        Volatile.Write(ref _reasonToClose, Reason);
        return channel.CloseAsync();
    });

    /// <summary>Says that this side wants to end calmly.</summary>
    public void Stop() => _stopping.Fire();

    /// <summary>Ends with a reason, unless it has ended; returns the one that counts.</summary>
    public FramedSocketException Fail(FramedSocketException reason)
    {
        if (Interlocked.CompareExchange(ref _outcome, reason, null) is { } first)
        {
            return first as FramedSocketException ?? reason;
        }

        Complete();
        return reason;
    }

    /// <summary>Ends, cleanly unless there is a reason.</summary>
    public void Complete()
    {
        _ = Interlocked.CompareExchange(ref _outcome, Clean, null);
        _closed.Fire();
        if (Volatile.Read(ref _completion) is { } completion)
        {
            Tell(completion);
        }
    }

    private void Tell(TaskCompletionSource completion)
    {
        if (Reason is not { } reason)
        {
            _ = completion.TrySetResult();
        }
        else if (completion.TrySetException(reason))
        {
            _ = completion.Task.Exception; // seen: nobody has to await Completion
        }
    }
}
