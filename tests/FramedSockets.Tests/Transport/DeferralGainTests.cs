using FramedSockets.Transport;

namespace FramedSockets.Tests.Transport;

/// <summary>Whether receives are put off, by what came of those before.</summary>
public sealed class DeferralGainTests
{
    private DeferralGain _gain;

    [Fact]
    public void Receives_are_put_off_while_bytes_are_there_in_time()
    {
        for (var i = 0; i < 100; i++)
        {
            Assert.Equal(0, SkippedAfter(wereThere: true));
        }
    }

    [Fact]
    public void Each_that_was_too_early_doubles_how_many_are_not_up_to_63()
    {
        int[] skipped = [.. Enumerable.Range(0, 9).Select(_ => SkippedAfter(wereThere: false))];
        Assert.Equal([1, 3, 7, 15, 31, 63, 63, 63, 63], skipped);
    }

    [Fact]
    public void One_that_was_in_time_makes_up_for_all_before()
    {
        _ = SkippedAfter(wereThere: false);
        _ = SkippedAfter(wereThere: false);
        Assert.Equal(0, SkippedAfter(wereThere: true));
        Assert.Equal(1, SkippedAfter(wereThere: false));
    }

    [Theory]
    [InlineData(99, 0)]
    [InlineData(100, 1)]
    public void One_that_waited_long_for_its_turn_did_not_pay(int milliseconds, int skipped) =>
        Assert.Equal(skipped, SkippedAfter(wereThere: true, milliseconds));

    [Theory]
    [InlineData(true, true, 0)]
    [InlineData(true, false, 0)]
    [InlineData(false, true, 1)]
    [InlineData(false, false, 0)]
    public void One_of_the_polling_thread_pays_where_others_share_its_turn(bool isOnPool, bool isAlone, int skipped) =>
        Assert.Equal(skipped, SkippedAfter(wereThere: true, 0, isOnPool, isAlone));

    private int SkippedAfter(bool wereThere, int milliseconds = 0, bool isOnPool = true, bool isAlone = true)
    {
        _gain.Begin(uint.MaxValue, isOnPool);
        _gain.NoteTurn(isAlone);
        _gain.End(wereThere, uint.MaxValue + (long)milliseconds);
        var skipped = 0;
        while (!_gain.TryDefer())
        {
            skipped++;
        }

        return skipped;
    }
}
