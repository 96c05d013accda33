using System.IO.Pipelines;
using FramedSockets.Framing;

namespace FramedSockets.Tcp;

/// <summary>
/// Both directions of a byte stream under one framing. Where the framing changes, another channel goes on with the stream,
/// and everything that is asked of this one is passed on to it.
/// </summary>
internal sealed class FrameChannel<THeader> : IFrameChannel, IFailureListener
{
    private readonly IDuplexPipe _pipe;
    private readonly FrameConnectionOptions _options;
    private readonly ConnectionEnd _end;
    private FrameWriter<THeader>? _writer;
#pragma warning disable CA1859 // its headers are of any type
    private volatile IFrameChannel? _next;
#pragma warning restore CA1859
    private long _pinged;

    public FrameChannel(IDuplexPipe pipe, IHeaderCodec<THeader> codec, FrameConnectionOptions options, ConnectionEnd end)
    {
        _pipe = pipe;
        Codec = codec;
        _options = options;
        _end = end;
        Reader = new(pipe.Input, codec, options.Limits, options.Pool, typeof(FrameConnection<THeader>), this);
    }

    public IDuplexPipe Pipe => _pipe;

    public IHeaderCodec<THeader> Codec { get; }

    public FrameReader<THeader> Reader { get; }

    /// <summary>What sends. Made when it is first needed: a connection that only waits weighs a fifth less without.</summary>
    public FrameWriter<THeader> Writer => Volatile.Read(ref _writer) ?? MakeWriter();

    /// <summary>What waits to be sent; <see langword="null"/> where no writer was needed yet.</summary>
    public OutputQueue<THeader>? Queue => Volatile.Read(ref _writer)?.Queue;

    public long QueuedLength => _next?.QueuedLength ?? Queue?.QueuedLength ?? 0;

    public ReadState Reading => _next?.Reading ?? Reader.State;

    public bool HasTaken => _next?.HasTaken ?? Reader.HasTaken;

    public bool HasReadEnd => _next?.HasReadEnd ?? Reader.HasReadEnd;

    public bool ExpectsEnd => _next?.ExpectsEnd ?? Reader.ExpectsEnd;

    public bool HasFailed => _next?.HasFailed ?? Queue is { Turn.HasFailed: true };

    public WriteState Writing => _next?.Writing ?? WithoutPings(Volatile.Read(ref _writer)?.State ?? default);

    /// <summary>Whether another channel goes on with the stream.</summary>
    public bool IsHandedOn => _next is not null;

    /// <summary>Hands the stream on, at a border of frames in both directions.</summary>
    public async ValueTask<FrameChannel<TOther>> HandOnAsync<TOther>(
        IHeaderCodec<TOther> codec, FrameConnectionOptions? options, CancellationToken cancellationToken)
    {
        _end.ThrowIfFailed();
        _ = Reader.Detach();
        await Writer.DrainAsync(cancellationToken).ConfigureAwait(false);
        Writer.Queue.BeginEndIfAsked();
        FrameChannel<TOther> next;
        lock (_end)
        {
            // Either closing sees the next one, or this sees that it closes.
            ObjectDisposedException.ThrowIf(_end.IsClosing, typeof(FrameConnection<THeader>));
            _end.ThrowIfFailed();
            next = new(_pipe, codec, options ?? _options with { Limits = Reader.Limits }, _end);
            next.Reader.HasTaken = Reader.HasTaken;
            Writer.Queue.HandOnTo(next.Writer.Queue);
            next.Reader.ExpectsEnd = Reader.ExpectsEnd; // once no end can begin here any more
            _next = next;
        }

        PassOnWhatWasMissed();
        return next;
    }

    public void Ping()
    {
        if (_next is { } next)
        {
            next.Ping();
            return;
        }

        try
        {
            if (Codec.Ping is { } ping)
            {
                _pinged += Writer.Queue.AcceptAtRest(ping.Header, ping.Body.Span);
                Writer.Queue.Turn.Kick();
            }
        }
        catch (Exception e)
        {
            Break(new(FramedSocketError.ConnectionAborted, "The codec's ping could not be sent.", e));
        }
    }

    public void RequestStop()
    {
        if (_next is { } next)
        {
            next.RequestStop();
        }
        else
        {
            Reader.RequestStop();
        }
    }

    /// <inheritdoc/>
    public void Break(FramedSocketException reason)
    {
        reason = _end.Fail(reason);
        if (_next is { } next)
        {
            next.Break(reason);
            return;
        }

        FailOutput(reason);
        Reader.Cut(reason);
        if (_pipe is ITransportConnection transport)
        {
            transport.TryAbort();
        }
        else if (Queue is { Turn.Output: { } output })
        {
            LoneOutput.CancelPendingFlush(output);
        }
    }

    FramedSocketException IFailureListener.Decide(FramedSocketException reason) => _end.Fail(reason);

    /// <remarks>What is queued may still leave.</remarks>
    FramedSocketException IFailureListener.OnReadFailed(FramedSocketException reason) => _end.Fail(reason);

    void IFailureListener.OnWriteFailed(FramedSocketException reason) => Break(reason);

    public async ValueTask CompleteOutputAsync(CancellationToken cancellationToken)
    {
        var expected = Reader.ExpectsEnd;
        Reader.ExpectEnd();
        try
        {
            await Writer.CompleteAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (Writer.Queue.Ending is null)
        {
            Reader.ExpectsEnd = expected; // given up before it began, it was no end
            throw;
        }

        if (GetNext() is { } next)
        {
            await next.CompleteOutputAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public async ValueTask CloseAsync()
    {
        if (GetNext() is { } next)
        {
            await next.CloseAsync().ConfigureAwait(false);
            return;
        }

        try
        {
            await OutputEnd.CompleteAsync(Writer, _options, Break).ConfigureAwait(false);
        }
        finally
        {
            // A pipe or a transport of one's own may throw anything.
            await CloseInputAsync().ConfigureAwait(false);
        }
    }

    private async ValueTask CloseInputAsync()
    {
        try
        {
            await Reader.CompleteAsync(_end.Reason).ConfigureAwait(false);
            if (Reader.IsDetached)
            {
                // Handing the stream on was broken off.
                await _pipe.Input.CompleteAsync(_end.Reason).ConfigureAwait(false);
            }
        }
        finally
        {
            await CloseTransportAsync().ConfigureAwait(false);
        }
    }

    private async ValueTask CloseTransportAsync()
    {
        try
        {
            if (_pipe is ITransportConnection transport)
            {
                await using (transport.ConfigureAwait(false))
                {
                    if (Writer.Queue.Turn.HasFailed)
                    {
                        // Whoever broke the connection may not have come to this yet, and a cut must not look like a calm end.
                        transport.Abort();
                    }
                }
            }
        }
        finally
        {
            _end.Complete();
        }
    }

    private FrameWriter<THeader> MakeWriter()
    {
        var writer = new FrameWriter<THeader>(_pipe.Output, Codec, _options.Limits, _options.MaxQueuedLength, _options.Pool, this);
        writer.Queue.Reader = Reader;

        // Whoever makes another meanwhile has lost nothing.
        return Interlocked.CompareExchange(ref _writer, writer, null) ?? writer;
    }

    private void FailOutput(FramedSocketException reason)
    {
        try
        {
            Writer.Queue.Turn.Fail(reason);
        }
        catch (Exception) when (Queue is null)
        {
            // A pipe or a codec of one's own threw as it was asked what to send with, which whoever sends will see himself.
        }
    }

    /// <summary>The channel that goes on, where handing on has got that far.</summary>
    private IFrameChannel? GetNext()
    {
        lock (_end)
        {
            return _next;
        }
    }

    private WriteState WithoutPings(in WriteState state) => state with { Moved = state.Moved - _pinged };

    /// <summary>Whoever stopped or broke this channel just before may have seen nothing behind it.</summary>
    private void PassOnWhatWasMissed()
    {
        if (_end.IsStopping)
        {
            RequestStop();
        }

        if (_end.Reason is { } reason)
        {
            Break(reason);
        }
    }
}
