namespace FramedSockets.Tcp;

/// <summary>How a connection ends: the first reason wins, and everybody is told once. Thread-safe.</summary>
/// <remarks>What users registered on the tokens runs elsewhere: it must neither hold up an abort nor throw into one.</remarks>
#pragma warning disable CA1001 // without a timer the token sources hold nothing to dispose, and their tokens outlive the connection
internal sealed class ConnectionEnd
#pragma warning restore CA1001
{
    private readonly CancellationTokenSource _closed = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private FramedSocketException? _reason;

    /// <summary>Fires when the connection has ended.</summary>
    public CancellationToken Closed => _closed.Token;

    /// <summary>Fires when this side wants to end calmly.</summary>
    public CancellationToken Stopping => _stopping.Token;

    /// <summary>Ends with the connection.</summary>
    public Task Completion => _completion.Task;

    /// <summary>Why the connection failed, if it has.</summary>
    public FramedSocketException? Reason => Volatile.Read(ref _reason);

    /// <summary>Says that this side wants to end calmly.</summary>
    public void Stop() => _ = _stopping.CancelAsync();

    /// <summary>Ends with a reason, unless there is one; returns the one that counts.</summary>
    public FramedSocketException Fail(FramedSocketException reason)
    {
        if (Interlocked.CompareExchange(ref _reason, reason, null) is { } first)
        {
            return first;
        }

        _ = _completion.TrySetException(reason);
        _ = _completion.Task.Exception; // seen: nobody has to await Completion
        _ = _closed.CancelAsync();
        return reason;
    }

    /// <summary>Ends, cleanly unless there is a reason.</summary>
    public void Complete()
    {
        _ = _completion.TrySetResult();
        _ = _closed.CancelAsync();
    }
}
