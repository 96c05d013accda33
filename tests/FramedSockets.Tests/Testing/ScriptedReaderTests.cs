using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using FramedSockets.Tests.Support;

namespace FramedSockets.Tests.Testing;

public sealed class ScriptedReaderTests : CleanedUp
{
    private readonly PoisoningPool _pool = new();
    private readonly ManualTimeProvider _clock = new();
    private readonly ScriptedReader _input;

    public ScriptedReaderTests() => _input = new(new() { Pool = _pool, TimeProvider = _clock, Scheduler = PipeScheduler.Inline });

    public override async ValueTask DisposeAsync()
    {
        await _input.CompleteAsync();
        Assert.Equal(0, _pool.Outstanding);
    }

    [Fact]
    public async Task Each_read_sees_one_delivery_more()
    {
        _input.Deliver("ab"u8);
        _input.Deliver("cde"u8);
        _input.Deliver("f"u8);
        Assert.Equal("ab", await Read(1));
        Assert.Equal("bcde", await Read(3));
        Assert.Equal(1, _pool.Outstanding);
        Assert.Equal("ef", await Read(0));
        Assert.Equal((3, 6L, 2L), (_input.Reads, _input.ArrivedLength, _input.HeldLength));
    }

    [Fact]
    public async Task What_is_delayed_comes_not_a_tick_before_its_time()
    {
        var delay = TimeSpan.FromMilliseconds(43);
        _input.Deliver("a"u8, delay);
        var read = _input.ReadAsync().AsTask();
        _clock.Advance(delay - TimeSpan.FromTicks(1));
        Assert.False(read.IsCompleted);
        _clock.Advance(TimeSpan.FromTicks(1));
        _input.AdvanceTo((await read.Soon()).Buffer.End);
    }

    [Fact]
    public async Task What_is_delayed_for_ever_never_comes()
    {
        _input.Deliver("a"u8, TimeSpan.MaxValue);
        var read = _input.ReadAsync().AsTask();
        _clock.Advance(TimeSpan.FromDays(100));
        Assert.False(read.IsCompleted);
        _input.CancelPendingRead();
        Assert.True((await read.Soon()).IsCanceled);
        _input.AdvanceTo(default);
    }

    [Fact]
    public async Task What_comes_within_a_tick_is_waited_for_and_not_polled()
    {
        var input = new ScriptedReader(new() { Pool = _pool, TimeProvider = new FineClock(_clock), Scheduler = PipeScheduler.Inline });
        input.Deliver("a"u8, TimeSpan.FromTicks(1));
        var read = input.ReadAsync().AsTask();
        Assert.False(read.IsCompleted);
        _clock.Advance(TimeSpan.FromTicks(1));
        input.AdvanceTo((await read.Soon()).Buffer.End);
        await input.CompleteAsync();
    }

    [Fact]
    public async Task What_was_delayed_has_not_arrived_where_nobody_waits_for_it_any_more()
    {
        _input.Deliver("ab"u8);
        _input.Deliver("c"u8, TimeSpan.FromSeconds(1));
        await _input.CompleteAsync();
        Assert.Equal(2, _input.ArrivedLength);
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(2, _input.ArrivedLength);
    }

    [Fact]
    public async Task What_was_not_examined_is_shown_again_before_anything_new()
    {
        _input.Deliver("abc"u8);
        _input.Deliver("def"u8);
        var result = await _input.ReadAsync().Soon();
        _input.AdvanceTo(result.Buffer.Start, result.Buffer.GetPosition(2));
        Assert.Equal("abc", Text((await _input.ReadAsync().Soon()).Buffer));
    }

    [Fact]
    public async Task At_least_so_many_bytes_take_as_many_deliveries_as_they_need()
    {
        for (var i = 0; i < 10; i++)
        {
            _input.Deliver("x"u8);
        }

        Assert.Equal(7, (await _input.ReadAtLeastAsync(7).Soon()).Buffer.Length);
    }

    [Fact]
    public async Task The_end_comes_behind_what_was_delivered()
    {
        _input.Deliver("ab"u8);
        _input.End();
        var result = await _input.ReadAsync().Soon();
        Assert.False(result.IsCompleted);
        _input.AdvanceTo(result.Buffer.End);
        result = await _input.ReadAsync().Soon();
        Assert.True(result.IsCompleted);
        Assert.True(result.Buffer.IsEmpty);
        _input.AdvanceTo(result.Buffer.End);
        Assert.True((await _input.ReadAsync().Soon()).IsCompleted);
    }

    [Fact]
    public async Task A_failure_comes_behind_what_was_delivered_and_stays()
    {
        var failure = new IOException("gone");
        var read = Read(2);
        _input.Deliver("ab"u8);
        _input.Fail(failure);
        Assert.Equal("ab", await read);
        Assert.Same(failure, await Assert.ThrowsAsync<IOException>(() => _input.ReadAsync().Soon()));
        Assert.Same(failure, Assert.Throws<IOException>(() => _input.TryRead(out _)));
    }

    [Fact]
    public async Task What_is_delayed_comes_in_its_time_and_after_what_was_delivered_before()
    {
        _input.Deliver("a"u8, TimeSpan.FromSeconds(2));
        _input.Deliver("b"u8, TimeSpan.FromSeconds(3));
        _input.End();
        var read = Read(1);
        _clock.Advance(TimeSpan.FromSeconds(1.9));
        Assert.False(read.IsCompleted);
        Assert.Equal(0, _input.ArrivedLength);
        _clock.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal("a", await read);
        Assert.Equal(1, _input.ArrivedLength);
        Assert.False(_input.TryRead(out _));
        _clock.Advance(TimeSpan.FromSeconds(3));
        Assert.True(_input.TryRead(out var result));
        Assert.Equal("b", Text(result.Buffer));
        _input.AdvanceTo(result.Buffer.End);
        Assert.True((await _input.ReadAsync().Soon()).IsCompleted);
    }

    [Fact]
    public async Task A_cancelled_wait_loses_nothing_whoever_cancels_it()
    {
        using var cancel = new CancellationTokenSource();
        var read = _input.ReadAsync(cancel.Token).Soon();
        await cancel.CancelAsync();
        _ = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read);
        _ = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _input.ReadAsync(cancel.Token).Soon());

        read = _input.ReadAsync().Soon();
        _input.CancelPendingRead();
        Assert.True((await read).IsCanceled);
        _input.AdvanceTo((await read).Buffer.Start);
        _input.CancelPendingRead();
        Assert.True(_input.TryRead(out var result) && result.IsCanceled);
        _input.AdvanceTo(result.Buffer.Start);

        _input.Deliver("a"u8);
        Assert.Equal("a", Text((await _input.ReadAsync().Soon()).Buffer));
    }

    [Fact]
    public async Task One_read_at_a_time_and_none_after_the_end()
    {
        var read = _input.ReadAsync().Soon();
        _ = Assert.Throws<InvalidOperationException>(() => { _ = _input.ReadAsync(); });
        _ = Assert.Throws<InvalidOperationException>(() => _input.AdvanceTo(default));
        _input.Deliver("a"u8);
        _ = await read;
        _ = Assert.Throws<InvalidOperationException>(() => _input.TryRead(out _));
        await _input.CompleteAsync();
        Assert.True(_input.IsCompleted);
        _ = Assert.Throws<InvalidOperationException>(() => { _ = _input.ReadAsync(); });
        _input.Deliver("late"u8);
        Assert.Equal(0, _input.HeldLength);
    }

    [Fact]
    public async Task A_wait_ends_as_that_of_a_socket_does_when_the_input_is_completed()
    {
        var read = _input.ReadAsync().Soon();
        _input.Complete();
        var failure = await Assert.ThrowsAsync<FramedSocketException>(() => read);
        Assert.Equal(FramedSocketError.ConnectionAborted, failure.Error);
    }

    [Fact]
    public async Task A_test_waits_until_all_was_seen_and_more_is_waited_for()
    {
        _input.Deliver("a"u8);
        var seen = _input.WaitForReaderAsync();
        Assert.Equal("a", await Read(1));
        Assert.False(seen.IsCompleted);
        var read = _input.ReadAsync().Soon();
        await seen.Soon();
        await _input.WaitForReaderAsync().Soon();
        _input.Deliver("b"u8);
        _ = await read;
        using var cancel = new CancellationTokenSource();
        var cancelled = _input.WaitForReaderAsync(cancel.Token).Soon();
        await cancel.CancelAsync();
        _ = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        var over = _input.WaitForReaderAsync().Soon();
        await _input.CompleteAsync();
        await over;
    }

    [Fact]
    public void Arguments_are_checked()
    {
        _ = Assert.Throws<ArgumentOutOfRangeException>(() => _input.Deliver("a"u8, TimeSpan.FromSeconds(-1)));
        _ = Assert.Throws<ArgumentNullException>(() => _input.Fail(null!));
    }

    private static string Text(in ReadOnlySequence<byte> bytes) => Encoding.ASCII.GetString(bytes);

    /// <summary>Reads, and consumes so much of what it sees; it has looked at all of it.</summary>
    private async Task<string> Read(int consumed)
    {
        var buffer = (await _input.ReadAsync().Soon()).Buffer;
        var text = Text(buffer);
        _input.AdvanceTo(buffer.GetPosition(consumed), buffer.End);
        return text;
    }

    /// <summary>A clock finer than a tick: it counts nanoseconds, and ten of them pass each time that somebody looks.</summary>
    private sealed class FineClock(ManualTimeProvider clock) : TimeProvider
    {
        private long _looks;

        public override long TimestampFrequency => 1_000_000_000;

        public override long GetTimestamp() => (clock.GetTimestamp() * TimeSpan.NanosecondsPerTick) + (10 * _looks++);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            clock.CreateTimer(callback, state, dueTime, period);
    }
}
