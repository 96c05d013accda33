using System.Buffers;
using FramedSockets.Framing;

namespace FramedSockets.Tcp;

/// <summary>Connections that are sent the same frames, each encoded once for all of them. One that ends leaves by itself.</summary>
/// <typeparam name="THeader">The header's type.</typeparam>
/// <remarks>
/// Thread-safe. Every connection gets the frames of one sender in their order; of two that send at the same time, one connection may
/// get this and another that frame first, unless the senders take turns.
/// </remarks>
/// <param name="codec">The framing; of every connection in the group the very same object.</param>
/// <param name="limits">The limits of what is broadcast; <see cref="FrameLimits.Default"/> when <see langword="null"/>.</param>
/// <exception cref="ArgumentNullException"><paramref name="codec"/> is <see langword="null"/>.</exception>
public sealed class ConnectionGroup<THeader>(IHeaderCodec<THeader> codec, FrameLimits? limits = null)
{
    private readonly IHeaderCodec<THeader> _codec = codec ?? throw new ArgumentNullException(nameof(codec));
    private readonly FrameEncoder<THeader> _encoder = new(codec, ArrayPool<byte>.Shared);
    private readonly FrameLimits _limits = limits ?? FrameLimits.Default;
    private readonly GroupMembers<FrameConnection<THeader>> _members = new();

    // Where the end of each member is waited for: who leaves a group while he lives leaves nothing behind.
    private readonly Dictionary<FrameConnection<THeader>, CancellationTokenRegistration> _ends = [];

    /// <summary>How many connections are in the group.</summary>
    public int Count => _members.Count;

    /// <summary>Takes a connection into the group, until it ends or is removed.</summary>
    /// <param name="connection">The connection.</param>
    /// <returns><see langword="false"/> when it is in the group already.</returns>
    /// <exception cref="ArgumentException">The connection has another codec than the group.</exception>
    public bool Add(FrameConnection<THeader> connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        if (!ReferenceEquals(connection.Channel.Codec, _codec))
        {
            throw new ArgumentException("The connection has another codec than the group: a frame that is encoded once has to be one for both.", nameof(connection));
        }

        lock (_ends)
        {
            if (!_members.TryAdd(connection))
            {
                return false;
            }

            _ends.Add(connection, default);
            var end = connection.ConnectionClosed.UnsafeRegister(_ => Remove(connection), null);
            if (_ends.ContainsKey(connection))
            {
                // Otherwise it had ended before, and is gone again.
                _ends[connection] = end;
            }
        }

        return true;
    }

    /// <summary>Takes a connection out of the group.</summary>
    /// <param name="connection">The connection.</param>
    /// <returns><see langword="false"/> when it is not in the group.</returns>
    public bool Remove(FrameConnection<THeader> connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        lock (_ends)
        {
            if (_ends.Remove(connection, out var end))
            {
                _ = end.Unregister();
            }

            return _members.TryRemove(connection);
        }
    }

    /// <summary>Sends a frame to every connection in the group.</summary>
    /// <param name="header">The header.</param>
    /// <param name="body">The body. It is encoded before the call returns, and free again then.</param>
    /// <param name="slow">What to do about connections whose queue is full.</param>
    /// <param name="except">One connection that is left out, such as the one that has something to say; or <see langword="null"/>.</param>
    /// <param name="cancellationToken">Ends the wait for slow connections; those that still had no room miss the frame.</param>
    /// <returns>Whom it reached. Only with <see cref="SlowConsumer.Wait"/> does it wait for anything.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="slow"/> is none of its values.</exception>
    /// <exception cref="FramedSocketException">The codec or the limits refuse the frame; nobody was sent anything.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public ValueTask<BroadcastResult> SendAsync(
        in THeader header, ReadOnlyMemory<byte> body, SlowConsumer slow, FrameConnection<THeader>? except = null, CancellationToken cancellationToken = default) =>
        SendAsync(header, new ReadOnlySequence<byte>(body), slow, except, cancellationToken);

    /// <inheritdoc cref="SendAsync(in THeader, ReadOnlyMemory{byte}, SlowConsumer, FrameConnection{THeader}?, CancellationToken)"/>
    public ValueTask<BroadcastResult> SendAsync(
        in THeader header, in ReadOnlySequence<byte> body, SlowConsumer slow, FrameConnection<THeader>? except = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)slow, (uint)SlowConsumer.Close, nameof(slow));
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<BroadcastResult>(cancellationToken);
        }

        var broadcast = new Broadcast<THeader>(Encode(header, body), slow, this);
        foreach (var member in _members.All.Span)
        {
            if (member is not null && member != except)
            {
                broadcast.Send(member, cancellationToken);
            }
        }

        return broadcast.EndAsync();
    }

    private PooledBufferWriter Encode(in THeader header, in ReadOnlySequence<byte> body)
    {
        var frame = new PooledBufferWriter(ArrayPool<byte>.Shared);
        try
        {
            lock (_encoder)
            {
                _ = _encoder.Write(frame, header, body, _limits);
            }
        }
        catch
        {
            frame.Clear();
            throw;
        }

        return frame;
    }
}
