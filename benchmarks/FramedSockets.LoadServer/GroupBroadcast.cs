using FramedSockets.Tcp;

namespace FramedSockets.LoadServer;

/// <summary>Sends every frame to all connections, encoded once.</summary>
internal sealed class GroupBroadcast<THeader>(IHeaderCodec<THeader> codec, SlowConsumer slow)
{
    private readonly ConnectionGroup<THeader> _group = new(codec);

    public async Task ConnectionAsync(FrameConnection<THeader> connection)
    {
        _group.Add(connection);
        await connection.SendAsync(default!, ReadOnlyMemory<byte>.Empty); // says that it has joined
        while (await connection.WaitToReadAsync())
        {
            while (connection.TryRead(out var frame))
            {
                await _group.SendAsync(frame.Header, frame.Body, slow);
            }
        }
    }
}
