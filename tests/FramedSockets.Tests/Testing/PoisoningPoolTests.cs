using System.IO.Pipelines;
using FramedSockets.Tests.Support;

namespace FramedSockets.Tests.Testing;

public sealed class PoisoningPoolTests
{
    private readonly PoisoningPool _pool = new();

    [Fact]
    public void What_comes_back_is_overwritten_and_never_lent_again()
    {
        var array = _pool.Rent(10);
        Assert.Equal(10, array.Length);
        Assert.All(array, b => Assert.Equal(0xAA, b));
        Assert.Equal(1, _pool.Outstanding);
        _pool.Return(array);
        Assert.All(array, b => Assert.Equal(PoisoningPool.Poison, b));
        Assert.NotSame(array, _pool.Rent(10));
        Assert.Equal((10L, 20L), (_pool.OutstandingLength, _pool.RentedLength));
    }

    [Fact]
    public void No_array_has_a_negative_length() => Assert.Throws<ArgumentOutOfRangeException>("minimumLength", () => _pool.Rent(-1));

    [Fact]
    public async Task What_comes_back_twice_or_from_elsewhere_is_refused_and_remembered()
    {
        var array = _pool.Rent(0);
        _pool.Return(array);
        _ = Assert.Throws<InvalidOperationException>(() => _pool.Return(array));
        _ = Assert.Throws<InvalidOperationException>(() => _pool.Return(new byte[7]));
        Assert.Contains("7 bytes", (await Assert.ThrowsAsync<InvalidOperationException>(() => _pool.EnsureAllReturnedAsync().Soon())).Message);
    }

    [Fact]
    public async Task A_pipe_s_memory_may_come_from_it()
    {
        var pipe = new Pipe(new(pool: _pool.AsMemoryPool()));
        _ = await pipe.Writer.WriteAsync("kept too long"u8.ToArray()).Soon();
        var result = await pipe.Reader.ReadAsync().Soon();
        var kept = result.Buffer.First;
        pipe.Reader.AdvanceTo(result.Buffer.End);
        await pipe.Writer.CompleteAsync();
        await pipe.Reader.CompleteAsync();
        Assert.All(kept.ToArray(), b => Assert.Equal(PoisoningPool.Poison, b));
        await _pool.EnsureAllReturnedAsync();
    }

    [Fact]
    public async Task What_is_just_coming_back_is_waited_for_and_what_does_not_is_named()
    {
        var (first, second) = (_pool.Rent(11), _pool.Rent(12));
        var all = _pool.EnsureAllReturnedAsync();
        _pool.Return(first);
        Assert.False(all.IsCompleted);
        _pool.Return(second);
        await all.Soon();

        _ = _pool.Rent(13);
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => _pool.EnsureAllReturnedAsync(TimeSpan.Zero).Soon());
        Assert.Contains("13", failure.Message);
    }
}
