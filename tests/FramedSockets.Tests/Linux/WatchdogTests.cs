using FramedSockets.Linux;

namespace FramedSockets.Tests.Linux;

public sealed class WatchdogTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);
    private readonly ManualTimeProvider _clock = new();
    private int _late;
    private long _turn = 1;

    [Fact]
    public void A_turn_that_lasts_is_told_once_while_it_lasts()
    {
        using var dog = Watch();
        Advance(1);
        Assert.Equal(0, _late);
        Advance(1);
        Assert.Equal(1, _late);
        Advance(5);
        Assert.Equal(1, _late);
        _turn = 3;
        Advance(2);
        Assert.Equal(2, _late);
    }

    [Fact]
    public void Neither_an_idle_loop_nor_a_busy_one_is_late()
    {
        _turn = 0;
        using var dog = Watch();
        Advance(3);
        for (_turn = 1; _turn < 10; _turn += 2)
        {
            Advance(1);
        }

        Assert.Equal(0, _late);
    }

    [Fact]
    public void It_stops_watching()
    {
        Watch().Dispose();
        Advance(3);
        Assert.Equal(0, _late);
        Assert.Equal(0, _clock.PendingTimers);
    }

    private Watchdog Watch() => new(() => _turn, Limit, _clock, () => _late++);

    private void Advance(int times)
    {
        for (; times > 0; times--)
        {
            _clock.Advance(Limit);
        }
    }
}
