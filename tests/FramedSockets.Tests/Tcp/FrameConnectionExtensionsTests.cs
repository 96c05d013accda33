using System.Buffers;
using FramedSockets.Tcp;
using FramedSockets.Tests.Support;

namespace FramedSockets.Tests.Tcp;

public sealed class FrameConnectionExtensionsTests : CleanedUp
{
    private readonly PoisoningPool _pool = new();
    private readonly FrameConnection<int> _near;
    private readonly FrameConnection<int> _far;

    public FrameConnectionExtensionsTests()
    {
        var (near, far) = DuplexPipe.CreatePair(pool: _pool);
        _near = new(near, new TagCodec(), new() { Pool = _pool });
        _far = new(far, new TagCodec(), new() { Pool = _pool });
    }

    public override async ValueTask DisposeAsync()
    {
        await _near.DisposeAsync().Soon();
        await _far.DisposeAsync().Soon();
        await _pool.EnsureAllReturnedAsync();
    }

    [Fact]
    public async Task Two_sides_take_turns_and_what_was_written_leaves_before_the_wait()
    {
        _near.Write(1, Frames.Body(10));
        var answer = _near.ReadAsync().Soon();
        var question = await _far.ReadAsync().Soon();
        await _far.SendAsync(question.Header + 1, question.Body).Soon();
        Assert.Equal(2, (await answer).Header);
        Assert.Equal(Frames.Body(10), (await answer).Body.ToArray());
    }

    [Fact]
    public async Task After_the_last_frame_it_throws()
    {
        await _far.SendAsync(1, ReadOnlyMemory<byte>.Empty).Soon();
        await _far.CompleteOutputAsync().Soon();
        Assert.Equal(1, (await _near.ReadAsync().Soon()).Header);
        _ = await Assert.ThrowsAsync<EndOfStreamException>(() => _near.ReadAsync().Soon());
        Assert.False(await _near.WaitToReadAsync().Soon());
    }

    [Fact]
    public async Task What_ended_the_connection_is_thrown()
    {
        _near.Abort();
        _ = await _near.ReadAsync().Soon().Fails(FramedSocketError.ConnectionAborted);
    }

    [Fact]
    public async Task A_wait_that_is_cancelled_loses_nothing()
    {
        using var cancel = new CancellationTokenSource();
        var waiting = _near.ReadAsync(cancel.Token).Soon();
        await cancel.CancelAsync();
        _ = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        await _far.SendAsync(1, ReadOnlyMemory<byte>.Empty).Soon();
        Assert.Equal(1, (await _near.ReadAsync().Soon()).Header);
    }
}
