using System.IO.Pipelines;
using System.Net;
using FramedSockets.Framing;
using FramedSockets.Tcp;

namespace FramedSockets.Tests.Tcp;

/// <summary>What the sweep makes of what it sees of one connection, a heartbeat at a time.</summary>
public sealed class ConnectionWatchTests
{
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(1);
    private long? _received = 0;
    private long? _delivered = 0;

    private static WriteState Quiet => default;

    [Fact]
    public void The_first_header_has_ten_seconds_whatever_arrives()
    {
        var watch = new ConnectionWatch(FrameDeadlines.Default, new Counters(this));
        for (var beat = 1; beat < 10; beat++)
        {
            _received += 10_000;
            Assert.Null(watch.Look(new(ReadPhase.FirstHeader, 0, null), Quiet, Beat));
        }

        Assert.Equal(FramedSocketError.HeaderTimeout, watch.Look(new(ReadPhase.FirstHeader, 0, null), Quiet, Beat)?.Error);
    }

    [Fact]
    public void Without_a_time_for_the_first_header_its_frame_is_one_as_any_other()
    {
        var deadlines = new FrameDeadlines { FirstHeader = TimeSpan.Zero, Idle = TimeSpan.FromSeconds(20) };
        var resting = new ConnectionWatch(deadlines, new Counters(this));
        var begun = new ConnectionWatch(deadlines, new Counters(this));
        var (rests, slow) = (0, 0);
        while (resting.Look(new(ReadPhase.FirstHeader, 0, null), Quiet, Beat) is not { } late || Assert.IsType<FramedSocketException>(late).Error != FramedSocketError.IdleTimeout)
        {
            rests++;
        }

        while (begun.Look(new(ReadPhase.FirstHeader, 0, null, HasBegun: true), Quiet, Beat) is not { } late || Assert.IsType<FramedSocketException>(late).Error != FramedSocketError.ReadTimeout)
        {
            slow++;
        }

        Assert.Equal((20, 5), (rests, slow));
    }

    [Fact]
    public void Time_in_which_nobody_reads_does_not_count()
    {
        var watch = new ConnectionWatch(FrameDeadlines.Default, new Counters(this));
        for (var beat = 0; beat < 1000; beat++)
        {
            Assert.Null(watch.Look(new(ReadPhase.None, beat / 500, null), Quiet, Beat));
        }
    }

    [Fact]
    public void Rest_between_frames_has_two_minutes()
    {
        var watch = new ConnectionWatch(FrameDeadlines.Default, new Counters(this));
        for (var beat = 0; beat < 120; beat++)
        {
            Assert.Null(watch.Look(new(ReadPhase.Border, 1, null), Quiet, Beat));
        }

        Assert.Equal(FramedSocketError.IdleTimeout, watch.Look(new(ReadPhase.Border, 1, null), Quiet, Beat)?.Error);
    }

    [Fact]
    public void Frames_either_way_end_the_rest()
    {
        var watch = new ConnectionWatch(FrameDeadlines.Default, new Counters(this));
        for (var beat = 0; beat < 1000; beat++)
        {
            Assert.Null(watch.Look(new(ReadPhase.Border, beat / 200, null), new(IsSending: false, 0, Moved: (beat + 100) / 200), Beat));
        }
    }

    [Theory]
    [InlineData(239, true)]
    [InlineData(240, false)]
    public void A_frame_comes_at_the_lowest_rate_or_ends_after_the_grace(int rate, bool isLate)
    {
        var watch = new ConnectionWatch(FrameDeadlines.Default, new Counters(this));
        for (var beat = 0; beat < 5; beat++)
        {
            Assert.Null(watch.Look(new(ReadPhase.Frame, 1, null), Quiet, Beat));
            _received += rate;
        }

        Assert.Equal(isLate ? FramedSocketError.ReadTimeout : null, watch.Look(new(ReadPhase.Frame, 1, null), Quiet, Beat)?.Error);
    }

    [Fact]
    public void What_was_quick_at_first_does_not_make_up_for_a_halt()
    {
        var watch = new ConnectionWatch(FrameDeadlines.Default, new Counters(this));
        for (var beat = 0; beat < 7; beat++)
        {
            _received += 1_000_000;
            Assert.Null(watch.Look(new(ReadPhase.Frame, 1, null), Quiet, Beat));
        }

        var halted = 0;
        while (watch.Look(new(ReadPhase.Frame, 1, null), Quiet, Beat) is null)
        {
            halted++;
        }

        Assert.InRange(halted, 5, 10);
    }

    [Fact]
    public void Many_small_frames_are_not_one_slow_one()
    {
        var watch = new ConnectionWatch(FrameDeadlines.Default, new Counters(this));
        var body = new object();
        for (var beat = 0; beat < 100; beat++)
        {
            _received += 10;
            Assert.Null(watch.Look(new(ReadPhase.Frame, beat / 4, beat % 4 > 1 ? body : null), Quiet, Beat));
        }
    }

    [Fact]
    public void A_transport_that_does_not_count_is_asked_for_no_rate()
    {
        _received = null;
        var watch = new ConnectionWatch(FrameDeadlines.Default, new Counters(this));
        for (var beat = 0; beat < 100; beat++)
        {
            Assert.Null(watch.Look(new(ReadPhase.Frame, 1, null), Quiet, Beat));
        }
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(239, true)]
    [InlineData(240, false)]
    public void A_peer_takes_bytes_at_the_lowest_rate_or_ends_after_the_grace(int rate, bool isLate)
    {
        var watch = new ConnectionWatch(FrameDeadlines.Default, new Counters(this));
        for (var beat = 0; beat < 5; beat++)
        {
            Assert.Null(watch.Look(default, new(IsSending: true, 1_000_000, 0), Beat));
            _delivered += rate;
        }

        Assert.Equal(isLate ? FramedSocketError.WriteTimeout : null, watch.Look(default, new(IsSending: true, 1_000_000, 0), Beat)?.Error);
    }

    [Fact]
    public void Where_nobody_knows_what_the_peer_took_a_flush_has_as_long_as_its_bytes_would_take()
    {
        _delivered = null;
        var watch = new ConnectionWatch(FrameDeadlines.Default, new Counters(this));
        for (var beat = 0; beat < 15; beat++)
        {
            Assert.Null(watch.Look(default, new(IsSending: true, 2400, Moved: 5), Beat));
        }

        Assert.Equal(FramedSocketError.WriteTimeout, watch.Look(default, new(IsSending: true, 2400, Moved: 5), Beat)?.Error);
    }

    [Fact]
    public void The_time_of_a_flush_counts_from_the_look_that_first_sees_it()
    {
        _delivered = null;
        var watch = new ConnectionWatch(new() { Grace = TimeSpan.Zero, MinimumWriteRate = 100 }, new Counters(this));
        Assert.Null(watch.Look(new(ReadPhase.None, 0, null), Quiet, Beat));
        Assert.Null(watch.Look(new(ReadPhase.None, 0, null), Quiet, Beat));
        var sending = new WriteState(IsSending: true, InFlight: 100, Moved: 0, IsOver: false);
        Assert.Null(watch.Look(new(ReadPhase.None, 0, null), sending, Beat));
        Assert.Equal(FramedSocketError.WriteTimeout, watch.Look(new(ReadPhase.None, 0, null), sending, Beat)?.Error);
    }

    [Fact]
    public void A_ping_is_due_whenever_nothing_was_sent_for_so_long_whatever_arrives()
    {
        var watch = new ConnectionWatch(new() { Ping = TimeSpan.FromSeconds(3) }, new Counters(this));
        var due = new List<int>();
        for (var beat = 0; beat < 20; beat++)
        {
            var isSending = beat == 12;
            var moved = beat > 12 ? 100 : 0;
            Assert.Null(watch.Look(new(ReadPhase.Border, beat, null), new(isSending, 0, moved), Beat));
            if (watch.IsPingDue)
            {
                due.Add(beat);
            }
        }

        Assert.Equal([3, 6, 9, 16, 19], due);
    }

    [Fact]
    public void A_frame_whose_source_gives_nothing_for_a_while_is_no_rest()
    {
        var watch = new ConnectionWatch(new() { Idle = TimeSpan.FromSeconds(3) }, new Counters(this));
        var inFrame = new WriteState(IsSending: false, InFlight: 0, Moved: 100, IsInFrame: true);
        for (var beat = 0; beat < 100; beat++)
        {
            Assert.Null(watch.Look(new(ReadPhase.Border, 0, null), inFrame, Beat));
        }

        Assert.Null(watch.Look(new(ReadPhase.Border, 0, null), inFrame with { IsInFrame = false }, 2 * Beat));
        Assert.Equal(FramedSocketError.IdleTimeout, watch.Look(new(ReadPhase.Border, 0, null), inFrame with { IsInFrame = false }, Beat)?.Error);
    }

    [Fact]
    public void Deadlines_that_are_off_never_fire()
    {
        var watch = new ConnectionWatch(FrameDeadlines.None, new Counters(this));
        foreach (var phase in Enum.GetValues<ReadPhase>())
        {
            for (var beat = 0; beat < 1000; beat++)
            {
                Assert.Null(watch.Look(new(phase, 0, null), new(IsSending: beat % 2 == 0, 10, 0), Beat));
                Assert.False(watch.IsPingDue);
            }
        }
    }

    [Fact]
    public void Deadlines_are_checked_where_they_are_set()
    {
        _ = Assert.Throws<ArgumentOutOfRangeException>(() => new FrameDeadlines { FirstHeader = TimeSpan.FromSeconds(-2) });
        _ = Assert.Throws<ArgumentOutOfRangeException>(() => new FrameDeadlines { Idle = TimeSpan.FromSeconds(-2) });
        _ = Assert.Throws<ArgumentOutOfRangeException>(() => new FrameDeadlines { Ping = TimeSpan.FromSeconds(-2) });
        _ = Assert.Throws<ArgumentOutOfRangeException>(() => new FrameDeadlines { MinimumReadRate = -1 });
        _ = Assert.Throws<ArgumentOutOfRangeException>(() => new FrameDeadlines { MinimumWriteRate = -1 });
        _ = Assert.Throws<ArgumentOutOfRangeException>(() => new FrameDeadlines { Grace = Timeout.InfiniteTimeSpan });
    }

    /// <summary>A transport that only counts.</summary>
    private sealed class Counters(ConnectionWatchTests test) : ITransportConnection
    {
        public long? ReceivedLength => test._received;

        public long? DeliveredLength => test._delivered;

        public PipeReader Input => throw new NotSupportedException();

        public PipeWriter Output => throw new NotSupportedException();

        public EndPoint? LocalEndPoint => null;

        public EndPoint? RemoteEndPoint => null;

        public void Abort() => throw new NotSupportedException();

        public ValueTask DisposeAsync() => default;
    }
}
