using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Runtime.CompilerServices;
using FramedSockets.Framing;

namespace FramedSockets.Tcp;

/// <summary>
/// One byte stream that carries frames both ways: a TCP or Unix socket, or any <see cref="IDuplexPipe"/>. Reading follows
/// <c>ChannelReader</c>; sending is open to every thread.
/// </summary>
/// <typeparam name="THeader">The header's type.</typeparam>
/// <remarks>
/// One reader at a time, any number of senders. The first reason that ends the connection wins: it is what every later call
/// throws and what <see cref="Completion"/> carries; where only reading has failed, what is sent still leaves, for a last word, until
/// the connection is disposed. Behind an end that this side chose, sending throws <see cref="InvalidOperationException"/>. A
/// peer that only stops sending has not ended the connection: reading ends, and replies still go out.
/// </remarks>
public sealed class FrameConnection<THeader> : IAsyncDisposable
{
    private readonly FrameChannel<THeader> _channel;
    private readonly FrameReader<THeader> _reader;
    private readonly ConnectionEnd _end;

    /// <summary>Creates a connection over a pipe, which belongs to it from now on.</summary>
    /// <param name="pipe">The byte stream; an <see cref="ITransportConnection"/> also gives endpoints and is disposed with the connection.</param>
    /// <param name="codec">The framing.</param>
    /// <param name="options">The options; <see cref="FrameConnectionOptions.Default"/> when <see langword="null"/>.</param>
    public FrameConnection(IDuplexPipe pipe, IHeaderCodec<THeader> codec, FrameConnectionOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(pipe);
        ArgumentNullException.ThrowIfNull(codec);
        _end = new();
        _channel = new(pipe, codec, options ?? FrameConnectionOptions.Default, _end);
        (_reader, Id) = (_channel.Reader, ConnectionId.Next());
    }

    private FrameConnection(FrameChannel<THeader> channel, ConnectionEnd end, long id) =>
        (_channel, _reader, _end, Id) = (channel, channel.Reader, end, id);

    /// <summary>A number that no other connection of this process has; it stands in the log.</summary>
    public long Id { get; }

    /// <summary>The address of this side, or <see langword="null"/> where the stream has none.</summary>
    public EndPoint? LocalEndPoint => Transport?.LocalEndPoint;

    /// <summary>The address of the peer, or <see langword="null"/> where the stream has none.</summary>
    public EndPoint? RemoteEndPoint => Transport?.RemoteEndPoint;

    /// <summary>What TLS agreed on, and who the peer is; <see langword="null"/> without TLS.</summary>
    public TlsSession? Tls => Transport?.Tls;

    /// <summary>
    /// What the peer may ask for, and what may be sent; from <see cref="FrameConnectionOptions.Limits"/> at first. New limits
    /// apply from the next frame on: after a login, for example.
    /// </summary>
    /// <exception cref="ArgumentNullException">The value is <see langword="null"/>.</exception>
    /// <remarks>Set it where frames are read, and not while another thread waits for one.</remarks>
    public FrameLimits Limits
    {
        get => _reader.Limits;
        set => _reader.Limits = _channel.Writer.Limits = value;
    }

    /// <summary>Fires when the connection has ended, for whatever reason: failed, aborted or disposed.</summary>
    /// <remarks>
    /// What the peer does is noticed by who reads or sends: while nobody does either, a peer that is gone does not fire it. What is
    /// registered runs on the thread pool; what it throws reaches <see cref="TaskScheduler.UnobservedTaskException"/>.
    /// </remarks>
    public CancellationToken ConnectionClosed => _end.Closed;

    /// <summary>
    /// Fires when this side wants to end calmly: its server stops. Frames that have arrived are still read; after them
    /// reading ends. A handler that does not read ends when it sees this.
    /// </summary>
    public CancellationToken Stopping => _end.Stopping;

    /// <summary>Ends when the connection has ended: with success after a clean end, otherwise with its <see cref="FramedSocketException"/>.</summary>
    public Task Completion => _end.Completion;

    /// <summary>Waits until a frame can be taken; before it waits, it sends what was written. Ends the frame before.</summary>
    /// <param name="cancellationToken">Ends the wait; nothing is lost and reading may go on.</param>
    /// <returns><see langword="true"/> when a frame is there; <see langword="false"/> after the last one.</returns>
    /// <exception cref="FramedSocketException">The bytes were refused, or the connection ended in another way than cleanly.</exception>
    /// <exception cref="InvalidOperationException">Another call is reading.</exception>
    /// <exception cref="ObjectDisposedException">The connection was disposed.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    /// <remarks>
    /// Where frames are answered with <c>Write</c>, this waits while another would find no room: a peer that does not read is not read from.
    /// <c>SendAsync</c> waits itself, and reading goes on meanwhile.
    /// </remarks>
    public ValueTask<bool> WaitToReadAsync(CancellationToken cancellationToken = default)
    {
        if (Reason is { } reason)
        {
            return ValueTask.FromException<bool>(reason);
        }

        if (_channel.Queue is { Turn.Queued: > 0 } queue && !_reader.IsReady())
        {
            queue.Turn.Kick();
        }

        return _channel.Queue is { HoldsReader: true } ? FlushAndWaitAsync(cancellationToken) : _reader.WaitToReadAsync(cancellationToken);
    }

    /// <summary>Takes the next frame, if it has arrived. Ends the frame before.</summary>
    /// <param name="frame">The frame; valid until the next call that reads.</param>
    /// <returns><see langword="false"/> when there is none now, or an answer by <c>Write</c> would find no room: <see cref="WaitToReadAsync"/> waits for either.</returns>
    public bool TryRead(out Frame<THeader> frame)
    {
        if (_channel.Queue is not { HoldsReader: true } && Reason is null)
        {
            return _reader.TryRead(out frame);
        }

        _reader.EndFrame();
        frame = default;
        return false;
    }

    /// <summary>Reads all frames, in order. Each is valid until the next is asked for.</summary>
    /// <param name="cancellationToken">Ends the loop.</param>
    /// <returns>The frames.</returns>
    /// <inheritdoc cref="WaitToReadAsync" path="/exception"/>
    public async IAsyncEnumerable<Frame<THeader>> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        while (await WaitToReadAsync(cancellationToken).ConfigureAwait(false))
        {
            while (TryRead(out var frame))
            {
                yield return frame;
            }
        }
    }

    /// <inheritdoc cref="FrameWriter{THeader}.Write(in THeader, ReadOnlySpan{byte})"/>
    public void Write(in THeader header, ReadOnlySpan<byte> body) => _channel.Writer.Write(header, body);

    /// <inheritdoc cref="FrameWriter{THeader}.Write(in THeader, in ReadOnlySequence{byte})"/>
    public void Write(in THeader header, in ReadOnlySequence<byte> body) => _channel.Writer.Write(header, body);

    /// <inheritdoc cref="FrameWriter{THeader}.TrySend(in THeader, ReadOnlySpan{byte})"/>
    public bool TrySend(in THeader header, ReadOnlySpan<byte> body) => _channel.Writer.TrySend(header, body);

    /// <inheritdoc cref="FrameWriter{THeader}.TrySend(in THeader, in ReadOnlySequence{byte})"/>
    public bool TrySend(in THeader header, in ReadOnlySequence<byte> body) => _channel.Writer.TrySend(header, body);

    /// <inheritdoc cref="FrameWriter{THeader}.SendAsync(in THeader, ReadOnlyMemory{byte}, CancellationToken)"/>
    public ValueTask SendAsync(in THeader header, ReadOnlyMemory<byte> body, CancellationToken cancellationToken = default) =>
        _channel.Writer.SendAsync(header, body, cancellationToken);

    /// <inheritdoc cref="FrameWriter{THeader}.SendAsync(in THeader, in ReadOnlySequence{byte}, CancellationToken)"/>
    public ValueTask SendAsync(in THeader header, in ReadOnlySequence<byte> body, CancellationToken cancellationToken = default) =>
        _channel.Writer.SendAsync(header, body, cancellationToken);

    /// <inheritdoc cref="FrameWriter{THeader}.SendAsync(in THeader, Stream, long, CancellationToken)"/>
    public ValueTask SendAsync(in THeader header, Stream body, long bodyLength, CancellationToken cancellationToken = default) =>
        _channel.Writer.SendAsync(header, body, bodyLength, cancellationToken);

    /// <inheritdoc cref="FrameWriter{THeader}.SendAsync(in THeader, PipeReader, long, CancellationToken)"/>
    public ValueTask SendAsync(in THeader header, PipeReader body, long bodyLength, CancellationToken cancellationToken = default) =>
        _channel.Writer.SendAsync(header, body, bodyLength, cancellationToken);

    /// <inheritdoc cref="FrameWriter{THeader}.FlushAsync(CancellationToken)"/>
    public ValueTask FlushAsync(CancellationToken cancellationToken = default) => _channel.Writer.FlushAsync(cancellationToken);

    /// <summary>Sends what is queued and then the end of the stream; reading goes on (a half-close). Idempotent.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>A task that ends when the end of the stream was sent.</returns>
    /// <exception cref="FramedSocketException">The connection ended first.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled; what is queued is sent all the same, and the end with another call, or where the connection is switched or disposed.</exception>
    public ValueTask CompleteOutputAsync(CancellationToken cancellationToken = default) => _channel.CompleteOutputAsync(cancellationToken);

    /// <summary>
    /// Changes the framing in mid-stream, for an upgrade or for frames behind a greeting: sends what is queued, and goes on
    /// with another codec at the first byte that no frame has taken. None is lost, even if it has arrived already.
    /// </summary>
    /// <typeparam name="TOther">The type of the headers from now on.</typeparam>
    /// <param name="codec">The framing from now on, in both directions.</param>
    /// <param name="options">How the connection behaves from now on; as before when <see langword="null"/>.</param>
    /// <param name="cancellationToken">Ends the wait for what is queued; after that, the connection can only be disposed.</param>
    /// <returns>The connection that goes on. It stops, fails and ends together with this one, which neither reads nor sends any more; disposing either disposes both.</returns>
    /// <exception cref="FramedSocketException">The connection ended, or only its reading has failed.</exception>
    /// <exception cref="InvalidOperationException">Another call is reading, or the last frame's body is streamed: wait for what follows it first.</exception>
    /// <exception cref="ObjectDisposedException">The connection was disposed, or was switched before.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    /// <remarks>The last frame becomes stale. Call it where frames are read. The peer has to know where the framing changes. Where this side has asked for the end of its output, that ends, and only reading goes on.</remarks>
    public async ValueTask<FrameConnection<TOther>> SwitchAsync<TOther>(
        IHeaderCodec<TOther> codec, FrameConnectionOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(codec);
        return new(await _channel.HandOnAsync(codec, options, cancellationToken).ConfigureAwait(false), _end, Id);
    }

    /// <summary>
    /// Ends the connection at once: the peer sees a reset, and every pending or later call here throws
    /// <see cref="FramedSocketError.ConnectionAborted"/>. Never waits for the peer; idempotent; any thread. Dispose the connection as well.
    /// </summary>
    /// <param name="cause">Why, for <see cref="Exception.InnerException"/>; or <see langword="null"/>.</param>
    public void Abort(Exception? cause = null) =>
        Break(new(FramedSocketError.ConnectionAborted, "The connection was aborted by this side.", cause));

    /// <summary>
    /// Ends the connection: sends what is queued and the end of the stream, for at most
    /// <see cref="FrameConnectionOptions.CloseTimeout"/>, and closes, for which a socket waits
    /// <see cref="Transport.SocketTransportOptions.LingerTimeout"/> at most. A read that another thread waits in returns
    /// <see langword="false"/>. Idempotent; any thread.
    /// </summary>
    /// <returns>A task that ends when everything is given back.</returns>
    /// <remarks>It ends the frame that is lent: another thread that still looks at its body is ended with <see cref="Abort"/> first.</remarks>
    public ValueTask DisposeAsync() => _end.CloseAsync(_channel);

    private ITransportConnection? Transport => _channel.Pipe as ITransportConnection;

    /// <summary>The address of the peer for who reads a log, whatever the transport says.</summary>
    internal EndPoint? Peer => Transport?.TryGetPeer();

    /// <summary>Both directions, under whichever framing goes on.</summary>
    internal FrameChannel<THeader> Channel => _channel;

    /// <summary>Whether no frame follows here: disposing has begun, or another framing goes on.</summary>
    internal bool IsOver => IsClosing || _channel.IsHandedOn;

    /// <summary>Whether disposing has begun.</summary>
    internal bool IsClosing => _end.IsClosing;

    /// <summary>Whether this side wants to end calmly.</summary>
    internal bool IsStopping => _end.IsStopping;

    /// <summary>The memory held, for what was received and for what waits to be sent. Any thread.</summary>
    internal long HeldLength => (Transport?.HeldLength ?? 0) + _channel.QueuedLength;

    /// <summary>What is waited for now. Any thread.</summary>
    internal ReadState Reading => _channel.Reading;

    /// <summary>What is being sent now. Any thread.</summary>
    internal WriteState Writing => _channel.Writing;

    /// <summary>Asks for a calm end. Any thread.</summary>
    internal void RequestStop()
    {
        _end.Stop();
        _channel.RequestStop();
    }

    /// <summary>The reason the connection ended with, if it has failed.</summary>
    internal FramedSocketException? Reason => _end.Reason;

    /// <summary>The same, unless it only failed as it was closed.</summary>
    internal FramedSocketException? ReasonToClose => _end.ReasonToClose;

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> FlushAndWaitAsync(CancellationToken cancellationToken)
    {
        while (_channel.Writer is { Queue.HoldsReader: true } writer)
        {
            await writer.FlushSomeAsync(cancellationToken).ConfigureAwait(false);
        }

        try
        {
            return await _reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (ObjectDisposedException) when (IsClosing)
        {
            return Reason is { } reason ? throw reason : false;
        }
    }

    /// <summary>Ends the connection with a reason, at once.</summary>
    internal void Break(FramedSocketException reason) => _channel.Break(reason);
}
