using FramedSockets.Tcp;

namespace FramedSockets.Tests.Tcp;

public sealed class HeartbeatTests
{
    private readonly ManualTimeProvider _clock = new();
    private readonly List<TimeSpan> _beats = [];

    [Fact]
    public void It_beats_once_a_second_with_the_time_since()
    {
        using var heart = new Heartbeat(_clock, _beats.Add);
        _clock.Advance(TimeSpan.FromMilliseconds(999));
        Assert.Empty(_beats);
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        _clock.Jump(TimeSpan.FromMilliseconds(1500));
        Assert.Equal([TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1.5)], _beats);
    }

    [Fact]
    public void A_beat_ten_seconds_late_counts_for_no_time_and_the_next_counts_from_it()
    {
        using var heart = new Heartbeat(_clock, _beats.Add);
        _clock.Jump(TimeSpan.FromSeconds(10));
        Assert.Equal([TimeSpan.Zero], _beats);
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal([TimeSpan.Zero, TimeSpan.FromSeconds(1)], _beats);
    }

    [Fact]
    public void It_goes_on_behind_a_beat_that_throws()
    {
        using var heart = new Heartbeat(_clock, elapsed =>
        {
            _beats.Add(elapsed);
            throw new InvalidOperationException("beat");
        });
        for (var i = 0; i < 2; i++)
        {
            _ = Assert.Throws<InvalidOperationException>(() => _clock.Advance(TimeSpan.FromSeconds(1)));
        }

        Assert.Equal(2, _beats.Count);
    }

    [Fact]
    public void Disposed_it_beats_no_more()
    {
        var heart = new Heartbeat(_clock, _beats.Add);
        heart.Dispose();
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Empty(_beats);
        Assert.Equal(0, _clock.PendingTimers);
    }
}
