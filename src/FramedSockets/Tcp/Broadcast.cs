namespace FramedSockets.Tcp;

/// <summary>One frame on its way to many connections. It owns the frame's memory until the last of them has it.</summary>
/// <param name="frame">The encoded frame.</param>
/// <param name="slow">What to do about connections whose queue is full.</param>
/// <param name="group">Told who is gone.</param>
internal struct Broadcast<THeader>(PooledBufferWriter frame, SlowConsumer slow, ConnectionGroup<THeader> group)
{
    private int _sent;
    private int _dropped;
    private int _closed;
    private List<Task<bool>>? _waiting;

    /// <summary>Sends the frame to one connection.</summary>
    public void Send(FrameConnection<THeader> member, CancellationToken cancellationToken)
    {
        try
        {
            if (member.Channel.Writer.Queue.TrySendEncoded(frame.Written))
            {
                _sent++;
                return;
            }
        }
        catch (Exception e) when (IsGone(e))
        {
            _ = group.Remove(member);
            return;
        }

        switch (slow)
        {
            case SlowConsumer.Drop:
                _dropped++;
                break;
            case SlowConsumer.Close:
                _closed++;
                _ = group.Remove(member);
                member.Break(new(FramedSocketError.ConnectionAborted, "The connection was ended because its peer did not keep up with what is broadcast."));
                break;
            default:
                (_waiting ??= []).Add(WaitAsync(member, frame.WrittenMemory, group, cancellationToken));
                break;
        }
    }

    /// <summary>Waits for those that are slow, and gives the frame's memory back.</summary>
    public readonly ValueTask<BroadcastResult> EndAsync()
    {
        if (_waiting is not null)
        {
            return EndAsync(_waiting, frame, _sent);
        }

        frame.Clear();
        return new(new BroadcastResult(_sent, _dropped, _closed));
    }

    private static async ValueTask<BroadcastResult> EndAsync(List<Task<bool>> waiting, PooledBufferWriter frame, int sent)
    {
        try
        {
            var late = await Task.WhenAll(waiting).ConfigureAwait(false);
            return new(sent + late.Count(isSent => isSent), 0, 0);
        }
        finally
        {
            frame.Clear();
        }
    }

    private static async Task<bool> WaitAsync(
        FrameConnection<THeader> member, ReadOnlyMemory<byte> frame, ConnectionGroup<THeader> group, CancellationToken cancellationToken)
    {
        try
        {
            await member.Channel.Writer.Direct.SendEncodedAsync(frame, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (IsGone(e))
        {
            _ = group.Remove(member);
            return false;
        }
    }

    /// <summary>Whether this is what a connection says that has ended, was disposed, or sends no more.</summary>
    private static bool IsGone(Exception e) => e is FramedSocketException or InvalidOperationException;
}
