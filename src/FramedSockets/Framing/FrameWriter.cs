using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.InteropServices;

namespace FramedSockets.Framing;

/// <summary>
/// Writes frames to a pipe, from any number of threads: each leaves whole and in order. What is written while a flush is in
/// flight leaves with the next one.
/// </summary>
/// <typeparam name="THeader">The header's type.</typeparam>
/// <remarks>
/// Thread-safe. At most the queue's length plus one frame is held in memory, and as much again of what comes by <c>Write</c>, which cannot
/// wait. A frame that the codec or the limits refuse throws <see cref="FramedSocketException"/> and leaves the output untouched; once the
/// first byte of a frame is queued it goes out whole or the connection ends.
/// </remarks>
public sealed class FrameWriter<THeader>
{
    /// <summary>How many bytes may wait to be sent before senders have to wait, unless told otherwise.</summary>
    public const int DefaultMaxQueuedLength = 64 * 1024;

    private readonly OutputQueue<THeader> _queue;
    private DirectSender<THeader>? _direct;

    /// <summary>Creates a writer.</summary>
    /// <param name="output">Where the bytes go. Only this writer may use it from now on. Where it is an <see cref="ITransportConnection"/>'s, abort that once a send has failed: what is under way is not taken back here.</param>
    /// <param name="codec">The framing.</param>
    /// <param name="limits">The limits; <see cref="FrameLimits.Default"/> when <see langword="null"/>.</param>
    /// <param name="maxQueuedLength">Bytes that may wait to be sent before senders wait; 1 or more; 65,536 by default.</param>
    /// <param name="pool">Where queued bytes are kept; <see cref="ArrayPool{T}.Shared"/> when <see langword="null"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxQueuedLength"/> is less than 1.</exception>
    public FrameWriter(
        PipeWriter output,
        IHeaderCodec<THeader> codec,
        FrameLimits? limits = null,
        int maxQueuedLength = DefaultMaxQueuedLength,
        ArrayPool<byte>? pool = null)
        : this(output, codec, limits, maxQueuedLength, pool, new LoneOutput(output))
    {
    }

    internal FrameWriter(
        PipeWriter output,
        IHeaderCodec<THeader> codec,
        FrameLimits? limits,
        int maxQueuedLength,
        ArrayPool<byte>? pool,
        IFailureListener listener)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(codec);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxQueuedLength, 1);
        _queue = new(output, codec, limits ?? FrameLimits.Default, maxQueuedLength, pool ?? ArrayPool<byte>.Shared, listener);
    }

    /// <summary>The limits. New ones apply to the frames that are sent from now on; any thread may set them.</summary>
    /// <exception cref="ArgumentNullException">The value is <see langword="null"/>.</exception>
    public FrameLimits Limits
    {
        get => _queue.Limits;
        set => _queue.Limits = value ?? throw new ArgumentNullException(nameof(value));
    }

    /// <summary>
    /// Queues a frame. It leaves at the next flush, with the next frame that is sent, or when the queue is full; before those frames
    /// whose <c>SendAsync</c> still waits. It finds room where others have filled the queue, as long as what was written and has not left
    /// is less than the queue's length: behind a read, for one frame at least. Who sends many for each that was read uses <c>SendAsync</c>.
    /// </summary>
    /// <param name="header">The header.</param>
    /// <param name="body">The body; it is copied.</param>
    /// <exception cref="InvalidOperationException">What was written fills the queue and the peer does not read: use <c>SendAsync</c>, which waits, or <c>TrySend</c>. Or sending was completed.</exception>
    /// <exception cref="FramedSocketException">The frame was refused, or the connection ended.</exception>
    public void Write(in THeader header, ReadOnlySpan<byte> body)
    {
        if (_queue.Batch.IsMine && _queue.Batch.TryAdd(header, body))
        {
            _queue.Batch.IsWritten = true;
            return;
        }

        _queue.Batch.EndIfMine();
        OnWritten(_queue.TryAccept(header, body, overtakes: true));
    }

    /// <inheritdoc cref="Write(in THeader, ReadOnlySpan{byte})"/>
    public void Write(in THeader header, in ReadOnlySequence<byte> body)
    {
        if (_queue.Batch.IsMine && _queue.Batch.TryAdd(header, body))
        {
            _queue.Batch.IsWritten = true;
            return;
        }

        _queue.Batch.EndIfMine();
        OnWritten(_queue.TryAccept(header, body, overtakes: true));
    }

    /// <summary>Sends a frame unless the queue is full, or others wait to send.</summary>
    /// <param name="header">The header.</param>
    /// <param name="body">The body; it is copied.</param>
    /// <returns><see langword="false"/> when the queue is full, or others wait to send; nothing was sent then.</returns>
    /// <exception cref="InvalidOperationException">Sending was completed, by this side's end of the output or of the connection.</exception>
    /// <exception cref="FramedSocketException">The frame was refused, or the connection ended.</exception>
    public bool TrySend(in THeader header, ReadOnlySpan<byte> body)
    {
        if (_queue.Batch.IsMine && _queue.Batch.TryAdd(header, body))
        {
            return true;
        }

        _queue.Batch.EndIfMine();
        return _queue.TryAccept(header, body, overtakes: false) && Leave();
    }

    /// <inheritdoc cref="TrySend(in THeader, ReadOnlySpan{byte})"/>
    public bool TrySend(in THeader header, in ReadOnlySequence<byte> body)
    {
        if (_queue.Batch.IsMine && _queue.Batch.TryAdd(header, body))
        {
            return true;
        }

        _queue.Batch.EndIfMine();
        return _queue.TryAccept(header, body, overtakes: false) && Leave();
    }

    /// <summary>Sends a frame; waits while the queue is full.</summary>
    /// <param name="header">The header.</param>
    /// <param name="body">The body. It must not change until the task ends: one that waits, or has 32 KiB or more, is sent from where it lies. A frame that lends it and ends sooner ends the connection, with <see cref="FramedSocketError.ConnectionAborted"/>: where the frame is of the same connection, or the last whose body this thread asked for, and what is sent begins in its first segment.</param>
    /// <param name="cancellationToken">Ends the wait for room; a frame whose first byte is queued is not taken back.</param>
    /// <returns>A task that ends when the frame is queued whole, or, of 32 KiB or more, sent.</returns>
    /// <exception cref="InvalidOperationException">Sending was completed, by this side's end of the output or of the connection.</exception>
    /// <exception cref="FramedSocketException">The frame was refused, or the connection ended.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled; nothing was sent.</exception>
    public ValueTask SendAsync(in THeader header, ReadOnlyMemory<byte> body, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled(cancellationToken);
        }

        if (body.Length >= DirectSender<THeader>.Threshold)
        {
            _queue.Batch.EndIfMine();
            return Direct.SendAsync(header, new(body), cancellationToken);
        }

        return TrySend(header, body.Span) ? default : _queue.AcceptAsync(header, new(body), cancellationToken);
    }

    /// <inheritdoc cref="SendAsync(in THeader, ReadOnlyMemory{byte}, CancellationToken)"/>
    public ValueTask SendAsync(in THeader header, in ReadOnlySequence<byte> body, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled(cancellationToken);
        }

        // A frame's body that is passed on: the way of every small reply, which asks the sequence only once what it is.
        if (SequenceMarshal.TryGetArray(body, out var array) && array.Count < DirectSender<THeader>.Threshold
            && _queue.Batch.IsMine && _queue.Batch.TryAdd(header, array.AsSpan()))
        {
            return default;
        }

        if (body.Length >= DirectSender<THeader>.Threshold)
        {
            _queue.Batch.EndIfMine();
            return Direct.SendAsync(header, body, cancellationToken);
        }

        return TrySend(header, body) ? default : _queue.AcceptAsync(header, body, cancellationToken);
    }

    /// <summary>Sends a frame whose body is read from a stream while it is sent, with 64 KiB of memory.</summary>
    /// <param name="header">The header.</param>
    /// <param name="body">The source. It is read from its position on, and not disposed. Up to 64 KiB of it are read before a wait for others' frames, and before the codec is asked.</param>
    /// <param name="bodyLength">Its bytes; or <see cref="HeaderDecodeResult.UntilEnd"/> where the framing has no length, and the output is completed afterwards.</param>
    /// <param name="cancellationToken">Before the first byte is queued: frees the caller. After it: ends the connection.</param>
    /// <returns>A task that ends when the body was sent.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="bodyLength"/> is less than -1.</exception>
    /// <exception cref="EndOfStreamException">The source has fewer bytes. Where it had some, the connection is ended: a frame is never padded.</exception>
    /// <exception cref="InvalidOperationException">Sending was completed, by this side's end of the output or of the connection.</exception>
    /// <exception cref="FramedSocketException">The frame was refused, or the connection ended.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled. Where part of the frame was sent, the connection is ended.</exception>
    /// <remarks>What the source throws is thrown; where part of the frame was sent, the connection is ended. Other senders wait meanwhile. On Linux, without TLS, a <see cref="FileStream"/> that only reads is sent without a copy from 256 KiB on: its file may be replaced or deleted, but what is overwritten or cut off in place before the peer has it may be sent as it then is. A <see cref="BufferedStream"/> around it is copied.</remarks>
    public ValueTask SendAsync(in THeader header, Stream body, long bodyLength, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(body);
        ArgumentOutOfRangeException.ThrowIfLessThan(bodyLength, HeaderDecodeResult.UntilEnd);
        _queue.Batch.EndIfMine();
        return Direct.SendAsync(header, body, bodyLength, cancellationToken);
    }

    /// <summary>Sends a frame whose body is read from a pipe while it is sent, such as a frame's <see cref="Frame{THeader}.BodyReader"/>.</summary>
    /// <param name="header">The header.</param>
    /// <param name="body">The source. It is not completed.</param>
    /// <param name="bodyLength">Its bytes; or <see cref="HeaderDecodeResult.UntilEnd"/>.</param>
    /// <param name="cancellationToken">Before the first byte is queued: frees the caller. After it: ends the connection.</param>
    /// <returns>A task that ends when the body was sent.</returns>
    /// <inheritdoc cref="SendAsync(in THeader, Stream, long, CancellationToken)"/>
    public ValueTask SendAsync(in THeader header, PipeReader body, long bodyLength, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(body);
        return SendAsync(header, body.AsStream(leaveOpen: true), bodyLength, cancellationToken);
    }

    /// <summary>Sends what is queued and waits until the transport has taken it.</summary>
    /// <param name="cancellationToken">Ends the wait; what is queued is sent all the same.</param>
    /// <returns>A task that ends when all that was queued before has left, that of a handler included, which leaves when the handler returns or waits.</returns>
    /// <exception cref="FramedSocketException">The connection ended.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public ValueTask FlushAsync(CancellationToken cancellationToken = default)
    {
        _queue.Batch.EndIfMine();
        return _queue.FlushAsync(long.MaxValue, cancellationToken);
    }

    /// <summary>Sends what is queued and waits until some of it has left.</summary>
    internal ValueTask FlushSomeAsync(CancellationToken cancellationToken)
    {
        _queue.Batch.EndIfMine();
        return _queue.FlushAsync(least: 1, cancellationToken);
    }

    /// <summary>Sends what is queued, and then the end of the stream. Nothing can be sent afterwards; idempotent.</summary>
    /// <param name="cancellationToken">Ends the wait; what is queued is sent all the same, and the end with another call, or where the connection is disposed.</param>
    /// <returns>A task that ends when the output is completed.</returns>
    /// <exception cref="FramedSocketException">The connection ended first.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public ValueTask CompleteAsync(CancellationToken cancellationToken = default)
    {
        _queue.Batch.EndIfMine();
        return _queue.CompleteAsync(cancellationToken);
    }

    /// <summary>Refuses further frames and sends what is queued, but does not end the output.</summary>
    internal ValueTask DrainAsync(CancellationToken cancellationToken)
    {
        _queue.Batch.EndIfMine();
        return _queue.DrainAsync(isToEnd: false, cancellationToken);
    }

    /// <summary>What is being sent now. Any thread.</summary>
    internal WriteState State => new(
        _queue.Turn.IsInUse && !_queue.Batch.IsOpen, _queue.Turn.InFlight, _queue.Turn.Count.Moved, _queue.Turn.IsOver, _queue.Turn.IsTaken && !_queue.Batch.IsOpen);

    /// <summary>What is queued, and the batch that gathers it.</summary>
    internal OutputQueue<THeader> Queue => _queue;

    /// <summary>What sends bodies that are not copied. Made for the first of them; whoever makes it twice has lost nothing.</summary>
    internal DirectSender<THeader> Direct => _direct ??= new(_queue.Turn.Output, _queue, _queue.Turn.Pool);

    private void OnWritten(bool isAccepted)
    {
        if (!isAccepted)
        {
            throw new InvalidOperationException(
                "The output queue is full of what was written, because the peer does not read. Write cannot wait: use SendAsync, which does, or TrySend, which says so.");
        }

        if (_queue.IsFull)
        {
            _queue.Turn.Kick();
        }
    }

    private bool Leave()
    {
        _queue.Turn.Kick();
        _queue.Turn.ThrowIfFailed();
        return true;
    }
}
