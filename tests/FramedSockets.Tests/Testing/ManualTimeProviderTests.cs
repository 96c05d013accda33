using FramedSockets.Tests.Support;

namespace FramedSockets.Tests.Testing;

public sealed class ManualTimeProviderTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private readonly ManualTimeProvider _clock = new();
    private readonly List<TimeSpan> _fired = [];

    private TimeSpan Now => _clock.GetUtcNow() - DateTimeOffset.UnixEpoch;

    [Fact]
    public void It_stands_still_until_it_is_moved()
    {
        var start = _clock.GetTimestamp();
        Assert.Equal(TimeSpan.Zero, Now);
        _clock.Advance(Second);
        _clock.Jump(Second);
        Assert.Equal(2 * Second, Now);
        Assert.Equal(2 * Second, _clock.GetElapsedTime(start));
    }

    [Fact]
    public void Each_timer_fires_at_its_time_and_in_order()
    {
        using var late = Timer(3 * Second);
        using var early = Timer(Second);
        _clock.Advance(0.9 * Second);
        Assert.Empty(_fired);
        _clock.Advance(5 * Second);
        Assert.Equal([Second, 3 * Second], _fired);
        Assert.Equal(5.9 * Second, Now);
        Assert.Equal(0, _clock.PendingTimers);
    }

    [Fact]
    public void A_period_and_a_timer_that_is_set_again_fire_as_often_as_they_would()
    {
        using var periodic = Timer(Second, 2 * Second);
        _clock.Advance(6 * Second);
        Assert.Equal([Second, 3 * Second, 5 * Second], _fired);

        _fired.Clear();
        periodic.Dispose();
        ITimer? again = null;
        again = _clock.CreateTimer(
            _ =>
            {
                _fired.Add(Now);
                _ = again!.Change(2 * Second, Timeout.InfiniteTimeSpan);
            },
            null, Second, Timeout.InfiniteTimeSpan);
        _clock.Advance(4 * Second);
        Assert.Equal([7 * Second, 9 * Second], _fired);
        Assert.Equal(1, _clock.PendingTimers);
        again.Dispose();
    }

    [Fact]
    public void A_process_that_was_stopped_finds_each_timer_due_once_and_late()
    {
        using var periodic = Timer(Second, Second);
        using var once = Timer(3 * Second);
        _clock.Jump(10 * Second);
        Assert.Equal([10 * Second, 10 * Second], _fired);
        _clock.Advance(Second);
        Assert.Equal(11 * Second, _fired[^1]);
        Assert.Equal(3, _fired.Count);
    }

    [Fact]
    public void A_timer_that_is_disposed_or_not_set_never_fires()
    {
        using var unset = Timer(Timeout.InfiniteTimeSpan);
        Timer(Second).Dispose();
        _clock.Advance(10 * Second);
        Assert.Empty(_fired);
        Assert.True(unset.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan));
        _clock.Advance(TimeSpan.FromTicks(1));
        Assert.Single(_fired);
    }

    [Fact]
    public void A_timer_that_another_has_disposed_does_not_fire_late()
    {
        using var second = Timer(2 * Second);
        using var first = _clock.CreateTimer(_ => second.Dispose(), null, Second, Timeout.InfiniteTimeSpan);
        _clock.Jump(5 * Second);
        Assert.Empty(_fired);
    }

    [Fact]
    public void A_timer_that_throws_does_not_take_the_others_with_it()
    {
        using var bad = _clock.CreateTimer(_ => throw new InvalidDataException("timer"), null, Second, Timeout.InfiniteTimeSpan);
        using var good = Timer(2 * Second);
        _ = Assert.Throws<InvalidDataException>(() => _clock.Jump(5 * Second));
        Assert.Single(_fired);
    }

    [Fact]
    public void A_timer_may_move_the_clock_which_never_runs_backwards()
    {
        using var timer = _clock.CreateTimer(_ => _clock.Advance(5 * Second), null, Second, Timeout.InfiniteTimeSpan);
        _clock.Advance(2 * Second);
        Assert.Equal(6 * Second, Now);
    }

    [Fact]
    public async Task What_waits_by_it_goes_on_when_it_is_time()
    {
        var delay = Task.Delay(Second, _clock);
        using var cancel = new CancellationTokenSource(2 * Second, _clock);
        _clock.Advance(Second);
        await delay.Soon();
        Assert.False(cancel.IsCancellationRequested);
        _clock.Advance(Second);
        Assert.True(cancel.IsCancellationRequested);
    }

    [Theory]
    [InlineData(-0.9, 1)]
    [InlineData(-1, 0)]
    [InlineData(-1.9, 0)]
    [InlineData(4_294_967_294, 1)]
    public void A_due_time_means_what_it_means_to_the_system_s_timers(double milliseconds, int fired)
    {
        using var timer = Timer(Ms(milliseconds));
        _clock.Advance(Ms(Math.Max(1, milliseconds)));
        Assert.Equal(fired, _fired.Count);
    }

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(0, 1)]
    [InlineData(0.9, 1)]
    [InlineData(1, 3)]
    public void A_period_means_what_it_means_to_the_system_s_timers(double milliseconds, int fired)
    {
        using var timer = Timer(Ms(1), Ms(milliseconds));
        _clock.Advance(Ms(3));
        Assert.Equal(fired, _fired.Count);
    }

    [Theory]
    [InlineData(-2)]
    [InlineData(4_294_967_295)]
    public void A_time_that_the_system_s_timers_refuse_is_refused(double milliseconds)
    {
        using var timer = Timer(Second);
        foreach (var clock in new[] { _clock, TimeProvider.System })
        {
            _ = Assert.Throws<ArgumentOutOfRangeException>("dueTime", () => clock.CreateTimer(_ => { }, null, Ms(milliseconds), Second));
            _ = Assert.Throws<ArgumentOutOfRangeException>("period", () => clock.CreateTimer(_ => { }, null, Second, Ms(milliseconds)));
        }

        _ = Assert.Throws<ArgumentOutOfRangeException>("dueTime", () => timer.Change(Ms(milliseconds), Second));
        _ = Assert.Throws<ArgumentOutOfRangeException>("period", () => timer.Change(Second, Ms(milliseconds)));
        Assert.Equal(1, _clock.PendingTimers);
    }

    [Fact]
    public void A_timer_that_was_disposed_is_not_set_again()
    {
        foreach (var clock in new[] { _clock, TimeProvider.System })
        {
            var timer = clock.CreateTimer(_ => _fired.Add(Now), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            Assert.True(timer.Change(Timeout.InfiniteTimeSpan, Second));
            timer.Dispose();
            Assert.False(timer.Change(TimeSpan.Zero, Second));
        }

        _clock.Advance(Second);
        Assert.Empty(_fired);
    }

    [Fact]
    public async Task Disposing_waits_for_the_callback_that_another_thread_runs()
    {
        var begun = new TaskCompletionSource();
        using var mayEnd = new ManualResetEventSlim();
        var timer = _clock.CreateTimer(
            _ =>
            {
                begun.SetResult();
                mayEnd.Wait();
            },
            null, Second, Timeout.InfiniteTimeSpan);
        var moving = Task.Run(() => _clock.Advance(Second));
        await begun.Task.Soon();
        var disposing = timer.DisposeAsync().AsTask();
        var again = timer.DisposeAsync().AsTask();
        Assert.False(disposing.IsCompleted || again.IsCompleted);
        mayEnd.Set();
        await Task.WhenAll(disposing, again, moving).Soon();
        Assert.True(timer.DisposeAsync().IsCompletedSuccessfully);
    }

    [Fact]
    public void A_callback_disposes_its_own_timer_without_a_wait()
    {
        var isDisposed = false;
        ITimer? timer = null;
        timer = _clock.CreateTimer(_ => isDisposed = timer!.DisposeAsync().IsCompletedSuccessfully, null, Second, Second);
        _clock.Jump(Second);
        Assert.True(isDisposed);
        Assert.Equal(0, _clock.PendingTimers);
    }

    [Fact]
    public void It_does_not_go_back()
    {
        _ = Assert.Throws<ArgumentOutOfRangeException>(() => _clock.Advance(-Second));
        _ = Assert.Throws<ArgumentOutOfRangeException>(() => _clock.Jump(-Second));
    }

    private static TimeSpan Ms(double milliseconds) => TimeSpan.FromMilliseconds(milliseconds);

    private ITimer Timer(TimeSpan due, TimeSpan? period = null) =>
        _clock.CreateTimer(_ => _fired.Add(Now), null, due, period ?? Timeout.InfiniteTimeSpan);
}
