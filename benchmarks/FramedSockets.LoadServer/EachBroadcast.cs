using System.Collections.Concurrent;
using FramedSockets.Tcp;

namespace FramedSockets.LoadServer;

/// <summary>Sends every frame to all connections in turn, encoded for each: what one writes who has no group.</summary>
internal sealed class EachBroadcast<THeader>(SlowConsumer slow)
{
    private readonly ConcurrentDictionary<FrameConnection<THeader>, object?> _members = new();

    public async Task ConnectionAsync(FrameConnection<THeader> connection)
    {
        _members.TryAdd(connection, null);
        try
        {
            await connection.SendAsync(default!, ReadOnlyMemory<byte>.Empty); // says that it has joined
            while (await connection.WaitToReadAsync())
            {
                while (connection.TryRead(out var frame))
                {
                    await SendAsync(frame);
                }
            }
        }
        finally
        {
            _members.TryRemove(connection, out _);
        }
    }

    private async ValueTask SendAsync(Frame<THeader> frame)
    {
        foreach (var (member, _) in _members)
        {
            try
            {
                if (slow == SlowConsumer.Wait)
                {
                    await member.SendAsync(frame.Header, frame.Body);
                }
                else if (!member.TrySend(frame.Header, frame.Body) && slow == SlowConsumer.Close)
                {
                    member.Abort();
                }
            }
            catch (Exception e) when (e is FramedSocketException or InvalidOperationException)
            {
                _members.TryRemove(member, out _); // it has ended
            }
        }
    }
}
