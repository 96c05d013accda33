using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace FramedSockets.Framing;

/// <summary>
/// Flushes a pipe, again and again while there is more, without a task: it goes on where the flush completes. Run by
/// whoever holds the output's turn, which is the rest of it.
/// </summary>
internal abstract class FlushLoop(PipeWriter output) : IThreadPoolWorkItem
{
    /// <summary>How many flushes may complete at once before others get the thread: a sender is not held for what others go on queueing.</summary>
    private const int Budget = 8;

    private ConfiguredValueTaskAwaitable<FlushResult>.ConfiguredValueTaskAwaiter _flush;
    private Action? _onFlushed;

    /// <summary>The pipe.</summary>
    public PipeWriter Output => output;

    /// <summary>The exception for a peer that no longer reads.</summary>
    public static FramedSocketException NotTaken() => new(FramedSocketError.ConnectionReset, "The peer no longer takes bytes.");

    /// <summary>The exception for what a pipe threw: whatever it is, it ends the connection.</summary>
    public static FramedSocketException Failure(Exception e) => e as FramedSocketException
        ?? new(FramedSocketError.TransportFailed, $"The transport failed with {e.GetType().Name}.", e);

    /// <summary>Called after each flush: whether to flush again.</summary>
    protected abstract bool Next();

    /// <summary>Called with the reason when a flush fails, or the peer takes no more.</summary>
    protected abstract void FailFlush(FramedSocketException failure);

    /// <summary>Flushes if there is something to flush.</summary>
    protected void GoOn()
    {
        if (HasNext())
        {
            Run();
        }
    }

    /// <summary>Ends the pipe; what it throws ends the connection, unless something has.</summary>
    protected void Complete(FramedSocketException? reason)
    {
        try
        {
            output.Complete(reason);
        }
        catch (Exception e)
        {
            FailFlush(Failure(e));
        }
    }

    /// <inheritdoc cref="Complete"/>
    protected async ValueTask CompleteAsync(FramedSocketException? reason)
    {
        try
        {
            await output.CompleteAsync(reason).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            FailFlush(Failure(e));
        }
    }

    /// <summary>Flushes until there is no more, a flush is pending, or others get the thread first.</summary>
    protected void Run()
    {
        for (var left = Budget; left > 0; left--)
        {
            try
            {
#pragma warning disable CA2012 // the one flush in flight is awaited by hand: a callback costs no allocation
                _flush = output.FlushAsync().ConfigureAwait(false).GetAwaiter();
#pragma warning restore CA2012
            }
            catch (Exception e)
            {
                FailFlush(Failure(e));
                return;
            }

            if (!_flush.IsCompleted)
            {
                _flush.UnsafeOnCompleted(_onFlushed ??= OnFlushed);
                return;
            }

            if (!End())
            {
                return;
            }
        }

        _ = ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    void IThreadPoolWorkItem.Execute() => Run();

    private void OnFlushed()
    {
        if (End())
        {
            Run();
        }
    }

    private bool End()
    {
        try
        {
#pragma warning disable VSTHRD002 // it has completed
            if (_flush.GetResult().IsCompleted)
#pragma warning restore VSTHRD002
            {
                FailFlush(NotTaken());
                return false;
            }
        }
        catch (Exception e)
        {
            FailFlush(Failure(e));
            return false;
        }

        return HasNext();
    }

    private bool HasNext()
    {
        try
        {
            return Next();
        }
        catch (Exception e)
        {
            // The pipe's memory failed it; thrown from here, where nobody waits, that would end the process.
            FailFlush(Failure(e));
            return false;
        }
    }
}
