using System.IO.Pipelines;
using System.Threading.Tasks.Sources;

namespace FramedSockets.Testing;

/// <summary>One wait of a reader. Unlike a task, it goes on where it is answered, whatever context the reader came from.</summary>
internal sealed class PendingWait : IValueTaskSource<ReadResult>
{
    private ManualResetValueTaskSourceCore<ReadResult> _core;

    /// <summary>What the reader awaits, once.</summary>
    public ValueTask<ReadResult> Read => new(this, _core.Version);

    /// <summary>What ends the wait early.</summary>
    public CancellationTokenRegistration Cancellation { get; set; }

    public void Answer(in ReadResult result, Exception? failure)
    {
        Cancellation.Dispose();
        if (failure is null)
        {
            _core.SetResult(result);
        }
        else
        {
            _core.SetException(failure);
        }
    }

    public ReadResult GetResult(short token) => _core.GetResult(token);

    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);
}
