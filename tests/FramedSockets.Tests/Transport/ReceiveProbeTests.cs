extern alias core;

using FramedSockets.Tests.Support;
using FramedSockets.Transport;
using ReceiveBlock = core::FramedSockets.Transport.ReceiveBlock;

namespace FramedSockets.Tests.Transport;

/// <summary>When a connection waits with a block of its own.</summary>
public sealed class ReceiveProbeTests : IDisposable
{
    private ReceiveProbe _probe;
    private ReceiveBlock _block = new(CheckedPool.Create(), ReceiveProbe.SmallBlock, largest: 65_536);

    public void Dispose() => _block.Free();

    [Fact]
    public void A_few_frames_are_waited_for_without_a_block()
    {
        for (var i = 0; i < 8; i++)
        {
            Assert.False(WaitsWithBlock(milliseconds: 0));
        }

        _block.Free();
    }

    [Theory]
    [InlineData(19, true)]
    [InlineData(20, false)]
    public void A_block_is_kept_where_bytes_come_soon(int milliseconds, bool isKept)
    {
        Receive(8, milliseconds);
        Assert.Equal(isKept, WaitsWithBlock(milliseconds));
        _block.Free();
    }

    [Theory]
    [InlineData(99, true)]
    [InlineData(100, false)]
    public void A_kept_block_is_left_where_bytes_come_much_later(int milliseconds, bool isKept)
    {
        Receive(8, milliseconds: 0);
        Receive(1, milliseconds);
        Assert.Equal(isKept, WaitsWithBlock(milliseconds: 0));
        _block.Free();
    }

    [Fact]
    public void A_block_is_kept_for_the_next_bytes_even_once_all_was_read()
    {
        Receive(9, milliseconds: 0);
        Assert.Equal(ReceiveProbe.SmallBlock, _block.Capacity);
        _block.Free();
    }

    [Fact]
    public void A_large_block_is_never_waited_with()
    {
        Receive(8, milliseconds: 0);
        var room = _probe.GetRoom(ref _block, 1);
        Assert.True(_probe.Commit(ref _block, room.Length, 0));
        Consume();
        _ = _probe.GetRoom(ref _block, 1);
        Assert.True(_probe.Commit(ref _block, 1, 0));
        Consume();
        Assert.False(WaitsWithBlock(milliseconds: 0));
    }

    private void Receive(int times, int milliseconds)
    {
        for (var i = 0; i < times; i++)
        {
            _ = WaitsWithBlock(milliseconds);
        }
    }

    /// <summary>Receives a frame that comes after a time; says whether it was waited for with a block.</summary>
    private bool WaitsWithBlock(int milliseconds)
    {
        var room = _probe.GetRoom(ref _block, 1);
        var hasBlock = !room.IsEmpty;
        if (!hasBlock)
        {
            Assert.Equal(0, _block.Capacity);
            Assert.True(_probe.Commit(ref _block, 0, milliseconds));
            room = _probe.GetRoom(ref _block, 1);
            Assert.False(room.IsEmpty);
            milliseconds = 0;
        }

        Assert.True(_probe.Commit(ref _block, 36, milliseconds));
        Consume();
        return hasBlock;
    }

    private void Consume()
    {
        var lent = _block.Lend();
        Assert.True(_block.Advance(lent.End, lent.End));
        _probe.Release(ref _block);
    }
}
