using FramedSockets.Transport;

namespace FramedSockets.Tests.Transport;

/// <summary>Large blocks that any thread finds again, and that are let go of when nobody needs them.</summary>
public sealed class BlockPoolTests
{
    private readonly ManualTimeProvider _clock = new();
    private readonly BlockPool _pool;

    public BlockPoolTests() => _pool = new(_clock);

    [Theory]
    [InlineData(1, 16)]
    [InlineData(65_535, 65_536)]
    [InlineData(65_536, 65_536)]
    [InlineData(65_537, 131_072)]
    [InlineData(67_108_864, 67_108_864)]
    [InlineData(67_108_865, 134_217_728)]
    public void A_block_is_as_long_as_the_next_power_of_two(int minimum, int length)
    {
        var block = _pool.Rent(minimum);
        Assert.Equal(length, block.Length);
        _pool.Return(block);
    }

    [Theory]
    [InlineData(16_384)]
    [InlineData(32_768)]
    [InlineData(200_000)]
    public void Another_thread_finds_what_one_has_returned(int length)
    {
        var block = _pool.Rent(length);
        var thread = new Thread(() => _pool.Return(block));
        thread.Start();
        thread.Join();
        Assert.Same(block, _pool.Rent(length));
    }

    [Fact]
    public void Nobody_has_what_another_has()
    {
        byte[][] blocks = [_pool.Rent(131_072), _pool.Rent(131_072)];
        Assert.NotSame(blocks[0], blocks[1]);
        _pool.Return(blocks[0]);
        _pool.Return(blocks[1]);
        Assert.NotSame(_pool.Rent(131_072), _pool.Rent(131_072));
    }

    [Fact]
    public void What_nobody_needed_for_an_interval_is_let_go_of()
    {
        var block = _pool.Rent(131_072);
        _pool.Return(block);
        _clock.Advance(BlockPool.Interval); // in which it was needed
        _clock.Advance(BlockPool.Interval);
        Assert.NotSame(block, _pool.Rent(131_072));
    }

    [Fact]
    public void As_many_as_were_needed_at_one_time_are_kept()
    {
        byte[][] blocks = [_pool.Rent(131_072), _pool.Rent(131_072), _pool.Rent(131_072)];
        Array.ForEach(blocks, block => _pool.Return(block));
        _clock.Advance(BlockPool.Interval);
        for (var i = 0; i < 3; i++)
        {
            byte[][] needed = [_pool.Rent(131_072), _pool.Rent(131_072)];
            Assert.All(needed, block => Assert.True(IsOneOf(block, blocks)));
            Array.ForEach(needed, block => _pool.Return(block));
            _clock.Advance(BlockPool.Interval);
        }

        _ = _pool.Rent(131_072);
        _ = _pool.Rent(131_072);
        Assert.False(IsOneOf(_pool.Rent(131_072), blocks));
    }

    [Fact]
    public void No_more_than_256_MiB_are_kept()
    {
        byte[][] blocks = [.. Enumerable.Range(0, 5).Select(_ => _pool.Rent(67_108_864))];
        Array.ForEach(blocks, block => _pool.Return(block));
        Assert.All(blocks.Take(4), _ => Assert.True(IsOneOf(_pool.Rent(67_108_864), blocks)));
        Assert.False(IsOneOf(_pool.Rent(67_108_864), blocks));
    }

    [Fact]
    public void It_looks_again_after_all_was_let_go_of()
    {
        for (var i = 0; i < 3; i++)
        {
            var block = _pool.Rent(131_072);
            _pool.Return(block);
            _clock.Advance(2 * BlockPool.Interval);
            Assert.NotSame(block, _pool.Rent(131_072));
        }
    }

    [Fact]
    public void A_block_is_cleared_where_that_is_asked_for()
    {
        var block = _pool.Rent(131_072);
        Array.Fill(block, (byte)1);
        _pool.Return(block, clearArray: true);
        Assert.All(_pool.Rent(131_072), value => Assert.Equal(0, value));
    }

    [Fact]
    public void It_is_begun_where_no_context_flows_too()
    {
        using (ExecutionContext.SuppressFlow())
        {
            _pool.Return(_pool.Rent(131_072));
            Assert.True(ExecutionContext.IsFlowSuppressed());
        }

        Assert.Equal(1, _clock.PendingTimers);
    }

    [Fact]
    public void What_is_of_no_pool_is_refused()
    {
        _ = Assert.Throws<ArgumentNullException>(() => _pool.Return(null!));
        _ = Assert.Throws<ArgumentException>(() => _pool.Return(new byte[100_000]));
        _ = Assert.Throws<ArgumentOutOfRangeException>(() => _pool.Rent(-1));
    }

    private static bool IsOneOf(byte[] block, byte[][] blocks) => Array.Exists(blocks, other => ReferenceEquals(block, other));
}
