using FramedSockets.Tests.Support;

namespace FramedSockets.Tests.Testing;

public sealed class SeedsTests
{
    [Fact]
    public async Task Each_seed_is_run_and_the_one_that_fails_is_named()
    {
        var run = new List<int>();
        await Seeds.RunAsync(7, 3, Add).Soon();
        Assert.Equal([7, 8, 9], run);

        var failure = await Assert.ThrowsAsync<SeedFailedException>(() => Seeds.RunAsync(0, 100, async seed =>
        {
            await Add(seed);
            Assert.NotEqual(3, seed);
        }).Soon());
        Assert.Equal(3, failure.Seed);
        Assert.StartsWith("Seed 3: Assert.NotEqual", failure.Message);
        Assert.Equal(3, run[^1]);

        Task Add(int seed)
        {
            run.Add(seed);
            return Task.CompletedTask;
        }
    }

    [Fact]
    public async Task The_smallest_seed_follows_the_largest()
    {
        var run = new List<int>();
        await Seeds.RunAsync(int.MaxValue, 2, seed =>
        {
            run.Add(seed);
            return Task.CompletedTask;
        }).Soon();
        Assert.Equal([int.MaxValue, int.MinValue], run);
    }

    [Fact]
    public async Task Arguments_are_checked()
    {
        _ = await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => Seeds.RunAsync(0, 0, _ => Task.CompletedTask));
        _ = await Assert.ThrowsAsync<ArgumentNullException>(() => Seeds.RunAsync(0, 1, null!));
    }
}
